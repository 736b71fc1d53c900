/**
 * What a careful eye finds wrong with a page, by rules: text that is cut and says nowhere what it is, texts that lie upon each other, things that
 * reach outside, sizes and colours that are not of the scales. Canvas is left out: nothing of it can be read here.
 */
import type { Page } from 'playwright-core';

/** Problems as text, each once; empty: all is well. */
export const layoutProblems = (page: Page): Promise<string[]> => page.evaluate(look);

/** Runs in the page. */
function look(): string[] {
  interface Box {
    left: number;
    top: number;
    right: number;
    bottom: number;
  }
  interface Text {
    element: Element;
    text: string;
    /** As laid out, and what of it can be seen. */
    whole: Box;
    seen: Box;
  }
  const problems = new Set<string>();
  const meet = (a: Box, b: Box): Box => ({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  });
  const wide = (box: Box): number => box.right - box.left;
  const high = (box: Box): number => box.bottom - box.top;
  const some = (box: Box): boolean => wide(box) > 1 && high(box) > 1;
  const page: Box = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const name = (element: Element): string => {
    const own = (each: Element): string =>
      each.tagName.toLowerCase() + [...each.classList].map((word) => `.${word}`).join('');
    return [element.parentElement, element].flatMap((each) => (each === null ? [] : [own(each)])).join(' > ');
  };
  const plain = (text: string): string => text.replace(/\s+/g, ' ').trim();
  /** Kept for screen readers, or moved out of sight on purpose. */
  const unseen = (element: Element): boolean => element.closest('.visually-hidden, .for-readers, .unseen') !== null;
  const shown = (element: Element): boolean => {
    if (unseen(element) || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    return true;
  };

  /** What of a box can be seen, and whether something that cannot be scrolled cuts it. */
  const clipped = (element: Element, whole: Box): { seen: Box; cut: 'x' | 'y' | undefined } => {
    let seen = whole;
    let cut: 'x' | 'y' | undefined;
    let position = getComputedStyle(element).position;
    for (let each: Element | null = element; each !== null; each = each.parentElement) {
      const style = getComputedStyle(each);
      // What is positioned is cut by what it is positioned in only.
      const skip = position === 'fixed' || (position === 'absolute' && style.position === 'static' && each !== element);
      if (!skip) {
        if (each !== element) position = style.position === 'static' ? 'static' : style.position;
        const box = each.getBoundingClientRect();
        const [x, y] = [style.overflowX, style.overflowY];
        if (x !== 'visible' || y !== 'visible') {
          const lines = each.matches('.label-rows, .label-stuck, .label-scrolled, .left');
          if (/hidden|clip/.test(x) && (seen.left < box.left - 1.5 || seen.right > box.right + 1.5)) cut ??= 'x';
          if (/hidden|clip/.test(y) && !lines && (seen.top < box.top - 3 || seen.bottom > box.bottom + 3)) cut ??= 'y';
          seen = meet(seen, {
            left: x === 'visible' ? -Infinity : box.left,
            top: y === 'visible' ? -Infinity : box.top,
            right: x === 'visible' ? Infinity : box.right,
            bottom: y === 'visible' ? Infinity : box.bottom,
          });
          // Scrolled out of sight is not cut.
          if (!some(seen) && cut === undefined) return { seen, cut: undefined };
        }
      }
    }
    if (cut === undefined) {
      if (seen.left < -1 || seen.right > page.right + 1) cut = 'x';
      else if (seen.top < -1 || seen.bottom > page.bottom + 1) cut = 'y';
    }
    return { seen: meet(seen, page), cut };
  };
  /** Whether some tooltip above the text says the whole of it. */
  const told = (element: Element, text: string): boolean => {
    for (let each: Element | null = element; each !== null; each = each.parentElement) {
      const title = plain(each.getAttribute('title') ?? '');
      if (title !== '' && (title.includes(text) || title.includes(text.replace(/…$/, '')) || text.startsWith(title)))
        return true;
    }
    return false;
  };

  const texts: Text[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = plain(node.textContent ?? '');
    if (element === null || text === '' || /^(?:SCRIPT|STYLE|OPTION|TEXTAREA)$/.test(element.tagName)) continue;
    if (!shown(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    let cut: 'x' | 'y' | undefined;
    for (const rect of range.getClientRects()) {
      if (rect.width < 1 || rect.height < 1) continue;
      const of = clipped(element, rect);
      cut ??= of.cut;
      if (some(of.seen)) texts.push({ element, text, whole: rect, seen: of.seen });
    }
    if (cut !== undefined && !told(element, text)) problems.add(`cut (${cut}): ${name(element)}: ${text.slice(0, 80)}`);
    const style = getComputedStyle(element);
    if (!['11px', '12px', '13px', '15px'].includes(style.fontSize) && element.closest('svg') === null)
      problems.add(`type: ${name(element)}: ${style.fontSize}`);
  }

  // Controls have to be within reach.
  for (const element of document.querySelectorAll('button, input, select, textarea, summary, a[href]')) {
    if (!shown(element)) continue;
    const rect = element.getBoundingClientRect();
    if (rect.width < 1 || rect.height < 1) continue;
    const { cut } = clipped(element, rect);
    if (cut !== undefined && !(cut === 'x' && told(element, plain(element.textContent))))
      problems.add(`outside (${cut}): ${name(element)}: ${plain(element.textContent).slice(0, 40)}`);
    if (element instanceof HTMLInputElement && element.value === '' && element.placeholder !== '') {
      const style = getComputedStyle(element);
      const pen = document.createElement('canvas').getContext('2d')!;
      pen.font = style.font;
      const room = element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      if (pen.measureText(element.placeholder).width > room + 1 && !told(element, plain(element.placeholder)))
        problems.add(`cut (placeholder): ${name(element)}: ${element.placeholder}`);
    }
  }

  // Texts on texts: only where both can really be seen. Without pointer-events, elementsFromPoint would pass over some.
  const all = new CSSStyleSheet();
  all.replaceSync('* { pointer-events: auto !important }');
  document.adoptedStyleSheets.push(all);
  const opaque = (element: Element): boolean => {
    const colour = getComputedStyle(element).backgroundColor;
    const alpha = /(?:rgba\([^)]*,\s*|\/\s*)([\d.]+)\)$/.exec(colour)?.[1];
    return colour !== 'transparent' && (alpha === undefined || Number(alpha) > 0.85);
  };
  const hides = (upper: Element, lower: Element, x: number, y: number): boolean => {
    const stack = document.elementsFromPoint(x, y);
    const at = (element: Element): number => stack.findIndex((each) => each === element || element.contains(each));
    const [a, b] = [at(upper), at(lower)];
    const [top, under] = a <= b ? [upper, lower] : [lower, upper];
    // Under a dialog nothing is hit.
    if (a < 0 || b < 0) return true;
    for (const each of stack) {
      if (each === under || each.contains(under)) return false;
      // Something lies between them and covers the lower one.
      if (opaque(each)) return true;
      if (each === top && opaque(top)) return true;
    }
    return false;
  };
  const byTop = [...texts].sort((a, b) => a.seen.top - b.seen.top);
  for (let i = 0; i < byTop.length; i++) {
    const one = byTop[i]!;
    for (let j = i + 1; j < byTop.length && byTop[j]!.seen.top < one.seen.bottom - 4; j++) {
      const other = byTop[j]!;
      if (one.element === other.element) continue;
      const both = meet(one.seen, other.seen);
      if (wide(both) < 3 || high(both) < 5) continue;
      if (hides(one.element, other.element, (both.left + both.right) / 2, (both.top + both.bottom) / 2)) continue;
      problems.add(
        `overlap: ${name(one.element)} “${one.text.slice(0, 40)}” and ${name(other.element)} “${other.text.slice(0, 40)}”`,
      );
    }
  }
  document.adoptedStyleSheets.pop();

  // Colours of text and grounds are those of the palette.
  const probe = document.createElement('i');
  document.body.append(probe);
  const palette = new Set<string>();
  const ownStyle = getComputedStyle(document.documentElement);
  for (const sheet of document.styleSheets)
    for (const rule of sheet.cssRules)
      if (rule instanceof CSSStyleRule && rule.selectorText.startsWith(':root'))
        for (const property of rule.style)
          if (property.startsWith('--')) {
            probe.style.color = ownStyle.getPropertyValue(property);
            palette.add(getComputedStyle(probe).color);
            probe.style.color = '';
          }
  probe.remove();
  const seen = new Set<Element>(texts.map(({ element }) => element));
  for (const element of seen) {
    const style = getComputedStyle(element);
    if (!palette.has(style.color)) problems.add(`colour: ${name(element)}: ${style.color}`);
    const ground = style.backgroundColor;
    if (ground !== 'rgba(0, 0, 0, 0)' && !ground.startsWith('color(') && !palette.has(ground))
      problems.add(`ground: ${name(element)}: ${ground}`);
    for (const side of ['padding-top', 'padding-right', 'padding-bottom', 'padding-left', 'column-gap', 'row-gap']) {
      const value = parseFloat(style.getPropertyValue(side));
      if (!Number.isNaN(value) && value !== 2 && value % 4 !== 0)
        problems.add(`space: ${name(element)}: ${side} ${String(value)}px`);
    }
  }

  if (document.documentElement.scrollWidth > innerWidth) problems.add('the page scrolls sideways');
  if (document.documentElement.scrollHeight > innerHeight) problems.add('the page scrolls');
  return [...problems];
}

/** Until nothing has changed in the page for a quarter of a second; pages that never rest are looked at as they are. */
export const calm = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const done = (): void => {
          observer.disconnect();
          clearTimeout(quiet);
          clearTimeout(most);
          resolve();
        };
        let quiet = setTimeout(done, 250);
        const most = setTimeout(done, 4_000);
        const observer = new MutationObserver(() => {
          clearTimeout(quiet);
          quiet = setTimeout(done, 250);
        });
        observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
      }),
  );
