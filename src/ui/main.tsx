import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { Session } from './state/session.js';
import { keepTheme } from './state/theme.js';

const session = new Session(location);
keepTheme(session);
createRoot(document.getElementById('root')!).render(<App session={session} />);
