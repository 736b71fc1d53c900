import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { Session } from './state/session.js';

createRoot(document.getElementById('root')!).render(<App session={new Session(location)} />);
