/** What the colours and sizes mean, and what is not in the picture. */
import type { ReactNode } from 'react';
import { counted } from '../model/time.js';
import type { Heat } from '../state/view-state.js';
import { heatTitle, type Facts } from './facts.js';
import { heatText, heatWhen, ticksOf, type Scale } from './heat.js';
import { RAMP_STEPS } from './palette.js';

export function Legend({ facts, filter }: { facts: Facts; filter: string }): ReactNode {
  const { colour, size, colourScale, sizeScale } = facts;
  return (
    <div className="system-legend" data-testid="legend" data-over>
      <ColourLegend facts={facts} colour={colour} scale={colourScale} />
      {size !== 'none' && (
        <div className="legend-part">
          <div className="legend-title">
            Size: {heatTitle(size, facts)} <span className="faint">{heatWhen(size, facts.windowNs)}</span>
          </div>
          {sizeScale === undefined ? (
            <div className="faint">{noValues(size)}</div>
          ) : (
            <div className="legend-sizes num">
              {ends(sizeScale).map((value, i) => (
                <span key={value}>
                  <i className={i === 0 ? 'is-small' : 'is-large'} /> {heatText(size, value)}
                </span>
              ))}
            </div>
          )}
        </div>
      )}
      <div className="legend-sizes">
        {colour !== 'none' && (
          <span>
            <i className="is-ring" /> supervisor
          </span>
        )}
        <span>
          <i className="is-message" /> message
        </span>
      </div>
      <Notes facts={facts} filter={filter} />
    </div>
  );
}

function ColourLegend({ facts, colour, scale }: { facts: Facts; colour: Heat; scale: Scale | undefined }): ReactNode {
  if (colour === 'none')
    return (
      <div className="legend-part">
        <div className="legend-title">Colour: kind</div>
        <div className="legend-sizes">
          <span>
            <i className="is-supervisor" /> supervisor
          </span>
          <span>
            <i className="is-process" /> other process
          </span>
        </div>
      </div>
    );
  return (
    <div className="legend-part">
      <div className="legend-title">
        Colour: {heatTitle(colour, facts)} <span className="faint">{heatWhen(colour, facts.windowNs)}</span>
      </div>
      {scale === undefined ? (
        <div className="faint">{noValues(colour)}</div>
      ) : (
        <>
          <div className="legend-ramp" data-steps={RAMP_STEPS} />
          <div className="legend-ticks num" data-testid="legend-ticks">
            {ticksOf(scale, 3).map((value, i) => (
              <span key={i}>{heatText(colour, value)}</span>
            ))}
          </div>
        </>
      )}
      {(colour === 'memory' || colour === 'mailbox') && (
        <div className="legend-sizes">
          <span className="faint">
            <i className="is-unknown" /> not known
          </span>
        </div>
      )}
    </div>
  );
}

const noValues = (heat: Heat): string =>
  heat === 'memory' ? 'No sizes are known: record with --memory.' : heat === 'mailbox' ? 'No message waits.' : 'None.';
const ends = (scale: Scale): number[] => (scale.high > scale.low ? [scale.low, scale.high] : [scale.high]);

function Notes({ facts, filter }: { facts: Facts; filter: string }): ReactNode {
  const notes: string[] = [];
  if (facts.stage === 'canvas') notes.push('This browser has no WebGL2: a simpler picture.');
  if (facts.sampled !== undefined)
    notes.push(`Estimated from ${String(Math.max(1, Math.round(facts.sampled * 100)))} % of the time in view.`);
  if (facts.together > 0)
    notes.push(
      `${counted(facts.together, 'weaker pair')} (${counted(facts.togetherMessages, 'message')}) drawn together, by application.`,
    );
  if (facts.pairsLeftOut > 0) notes.push(`${counted(facts.pairsLeftOut, 'pair')} with the fewest messages not drawn.`);
  if (facts.dots > 0 && !facts.dotsComplete) notes.push('Not every message on its way has a dot.');
  if (filter !== '') notes.push('What the filter does not match is faint.');
  return (
    <div className="legend-notes" data-testid="system-notes">
      <div className="faint num">
        {counted(facts.alive, 'process')} alive
        {facts.pairs > 0 && `, ${counted(facts.pairs, 'pair')} with messages`}
      </div>
      {notes.map((note) => (
        <div key={note} className="faint">
          {note}
        </div>
      ))}
    </div>
  );
}
