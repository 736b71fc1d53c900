/** What waits for a process. */
import type { ReactNode } from 'react';
import type { ProcessPanel } from '../../server/index.js';
import { count } from '../model/time.js';
import { EventLink, ProcessLink } from './links.js';
import { Gaps, Section } from './section.js';

export function MailboxSection({ panel }: { panel: ProcessPanel }): ReactNode {
  const { mailbox } = panel;
  const total = count(mailbox.total);
  return (
    <Section
      title="Mailbox"
      note={mailbox.exact ? total : `${total} arrived`}
      testId="mailbox"
      open={mailbox.messages.length > 0}
    >
      {!mailbox.exact && mailbox.messages.length > 0 && (
        <p className="note">
          Not exact: this process takes its messages unseen, so these are all that arrived, taken or not.
        </p>
      )}
      <Gaps gaps={mailbox.gaps} what="Messages may be missing" />
      {mailbox.messages.length === 0 ? (
        <p className="empty">{mailbox.exact ? 'Empty.' : 'Nothing has arrived.'}</p>
      ) : (
        <ul className="messages">
          {(mailbox.exact ? mailbox.messages : mailbox.messages.slice(-20)).map((each) => (
            <li key={each.seq}>
              <EventLink seq={each.seq} />
              <code className="mono" title={each.message.text}>
                {each.message.text}
              </code>
              {each.from > 0 && (
                <span className="message-from">
                  <span className="faint">from</span> <ProcessLink id={each.from} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
