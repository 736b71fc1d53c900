/**
 * A recorded value to unfold. What the last change touched is open and marked; a click on any value asks who gave it that value. Text comes
 * from the recorded program and is only ever text.
 */
import { useState, type ReactNode } from 'react';
import type { TreeNode } from '../../server/index.js';
import { reveal, useMarkedValue } from '../marks/use-marks.js';
import { useSession } from './context.js';
import { useFolds, type Folds } from './use-kept.js';

const FIRST = 100;

export function StateTree({
  tree,
  name,
  of,
  under,
  askable,
  folded,
  testId = 'state-tree',
}: {
  tree: TreeNode;
  /** Under which it keeps what is unfolded in it, and whose tree it is: that of another one begins as it is by itself. */
  name: string;
  of: number;
  /** Which of the trees of that name, where they are several. */
  under?: string;
  askable?: boolean;
  /** One line, until it is unfolded. */
  folded?: boolean;
  testId?: string;
}): ReactNode {
  const folds = useFolds(`tree.${name}`, of);
  return (
    <div className="tree" role="tree" data-testid={testId}>
      <TreeRow
        node={tree}
        path={[]}
        depth={folded === true ? 2 : 0}
        askable={askable === true}
        folds={folds}
        under={under}
      />
    </div>
  );
}

function opensByDefault(node: TreeNode, depth: number): boolean {
  if (node.d !== undefined) return true;
  const parts = node.c?.length ?? 0;
  return depth === 0 || (depth === 1 && parts <= 12 && node.t.length > 60);
}

function TreeRow({
  node,
  path,
  depth,
  askable,
  folds,
  under,
}: {
  node: TreeNode;
  path: string[];
  depth: number;
  askable: boolean;
  folds: Folds;
  under: string | undefined;
}): ReactNode {
  const session = useSession();
  const parts = node.c ?? [];
  const unfolds = parts.length > 0 || (node.gone?.length ?? 0) > 0;
  const place = (under === undefined ? path : [under, ...path]).join('/');
  const chosen = folds.chosen.get(place);
  const [shown, setShown] = useState(FIRST);
  const marked = useMarkedValue(path);
  const open = unfolds && (chosen ?? (marked === 'inside' || opensByDefault(node, depth)));
  const index = node.l !== undefined && /^\d+$/.test(node.l);
  const mark =
    node.d === 'added' || node.d === 'changed' ? ` is-${node.d}` : node.d === 'inside' && !open ? ' is-inside' : '';
  return (
    <div className="tree-node" role="treeitem" aria-expanded={unfolds ? open : undefined} data-path={path.join('/')}>
      <div
        className={`tree-row${mark}${askable && marked === 'here' ? ' is-marked' : ''}`}
        data-change={node.d}
        data-marked={askable && marked === 'here' ? true : undefined}
        ref={askable && marked === 'here' ? reveal : undefined}
      >
        <button
          type="button"
          className={`fold${unfolds ? '' : ' is-leaf'}`}
          aria-label={open ? 'Fold' : 'Unfold'}
          tabIndex={unfolds ? 0 : -1}
          onClick={() => {
            folds.set(place, !open);
          }}
        >
          {unfolds ? (open ? '▾' : '▸') : ''}
        </button>
        {node.l !== undefined && (
          <span className={index ? 'tree-index' : 'tree-key'} title={index ? undefined : node.l}>
            {node.l}
          </span>
        )}
        {open ? (
          <span className="tree-bracket">
            {node.open}
            {node.c !== undefined && <span className="tree-count">{parts.length + Math.max(0, node.more ?? 0)}</span>}
          </span>
        ) : (
          <TreeValue node={node} path={path} askable={askable} />
        )}
        {node.d === 'changed' && node.was !== undefined && (
          <span className="tree-was" title={`was ${node.was}`}>
            was <s>{node.was}</s>
          </span>
        )}
        {node.d === 'added' && <span className="badge is-added">new</span>}
        {askable && path.length > 0 && (
          <button
            type="button"
            className="ask"
            title="Who set this? Goes back to the message that gave this value"
            onClick={() => void session.askOrigin(path)}
          >
            who set this?
          </button>
        )}
        {askable && path.length > 0 && (
          <button
            type="button"
            className="ask ask-mark"
            title="Mark this value: a bookmark with a note, on this value at this moment"
            onClick={() => {
              session.marks.begin({ process: session.state.selected, labels: path });
            }}
          >
            mark
          </button>
        )}
      </div>
      {open && (
        <div className="tree-children" role="group">
          {parts.slice(0, shown).map((part, i) => (
            <TreeRow
              key={part.l ?? i}
              node={part}
              path={[...path, part.l ?? String(i)]}
              depth={depth + 1}
              askable={askable}
              folds={folds}
              under={under}
            />
          ))}
          {parts.length > shown && (
            <button
              type="button"
              className="link tree-more"
              onClick={() => {
                setShown(shown + 500);
              }}
            >
              {`${String(parts.length - shown)} more…`}
            </button>
          )}
          {node.gone?.map((each) => (
            <div className="tree-row is-gone" key={`gone ${each.l}`} data-change="gone">
              <span className="fold is-leaf" />
              <span className={/^\d+$/.test(each.l) ? 'tree-index' : 'tree-key'} title={each.l}>
                {each.l}
              </span>
              <s className="tree-value" title={each.t}>
                {each.t}
              </s>
              <span className="badge is-gone">removed</span>
            </div>
          ))}
          {node.more !== undefined && (
            <Lost text={node.more < 0 ? 'more elements, not recorded' : `${String(node.more)} more, not recorded`} />
          )}
        </div>
      )}
    </div>
  );
}

function TreeValue({ node, path, askable }: { node: TreeNode; path: string[]; askable: boolean }): ReactNode {
  const session = useSession();
  const { p } = node;
  if (node.lost === 'secret')
    return <Lost text="redacted" title="A secret by its key's name: it never left the recorded node" />;
  if (node.lost === 'depth') return <Lost text="deeper" title={`${node.t}: left out when recorded, too deep`} />;
  if (node.k === 'cut') return <Lost text="cut" title={`${node.t}: left out when recorded, too many bytes`} />;
  const value =
    p === undefined ? (
      <button
        type="button"
        className={`tree-value t-${node.k}`}
        title={askable && path.length > 0 ? `${node.t}\n\nClick: who set this?` : node.t}
        disabled={!askable || path.length === 0}
        onClick={() => void session.askOrigin(path)}
      >
        {node.t}
      </button>
    ) : (
      <button
        type="button"
        className="link tree-value"
        title={`${session.name(p)} ${node.t}`}
        onClick={() => {
          session.select(p);
        }}
      >
        {node.t} <span className="faint">{session.name(p) === node.t ? '' : session.name(p)}</span>
      </button>
    );
  return (
    <>
      {value}
      {node.lost === 'bytes' && <Lost text="cut" title="Only the first bytes were recorded" />}
      {node.lost === 'elements' && <Lost text="cut" title="Not all elements were recorded" />}
    </>
  );
}

function Lost({ text, title }: { text: string; title?: string }): ReactNode {
  return (
    <span className="lost" title={title}>
      {text}
    </span>
  );
}
