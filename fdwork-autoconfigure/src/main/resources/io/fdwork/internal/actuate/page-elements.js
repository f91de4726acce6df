// The elements that the page is made of. What comes from the endpoint only ever becomes text

import { sentence } from './page-figures.js';

const SVG = 'http://www.w3.org/2000/svg';

export const writable = document.documentElement.dataset.access === 'unrestricted';
export const $ = (id) => document.getElementById(id);

export function el(tag, properties, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(properties || {})) {
		if (name === 'class') {
			node.className = value;
		}
		else if (name.startsWith('on')) {
			node.addEventListener(name.substring(2), value);
		}
		else if (value !== false && value !== null && value !== undefined) {
			node.setAttribute(name, value);
		}
	}
	node.append(...children);
	return node;
}

export function text(node, value) {
	const string = String(value);
	if (node.textContent !== string) {
		node.textContent = string;
	}
}

export function style(node, name) {
	if (node.className !== name) {
		node.className = name;
	}
}

export function show(node, visible) {
	if (node.hidden === visible) {
		node.hidden = !visible;
	}
}

/** Makes the children of a node those of the items, and leaves those that are there: they may have the focus. */
export function keyed(parent, items, keyOf, create, update) {
	const parts = parent.parts || (parent.parts = new Map());
	const seen = new Set();
	let next = parent.firstChild;
	for (const item of items) {
		let key = keyOf(item);
		while (seen.has(key)) {
			key += '+';
		}
		seen.add(key);
		let part = parts.get(key);
		if (!part) {
			part = create(item);
			parts.set(key, part);
		}
		if (part.node === next) {
			next = next.nextSibling;
		}
		else {
			parent.insertBefore(part.node, next);
		}
		update(part, item);
	}
	for (const [key, part] of parts) {
		if (!seen.has(key)) {
			const focused = part.node.contains(document.activeElement);
			part.node.remove();
			if (focused) {
				focusOn(parent.closest('section'));
			}
			parts.delete(key);
		}
	}
}

export function focusOn(node) {
	if (!node.matches('button')) {
		node.tabIndex = -1;
	}
	node.focus({ preventScroll: true });
}

export function table(parent, caption, columns, empty) {
	const body = el('tbody', { role: 'rowgroup' });
	const wide = el('table', { role: 'table', 'aria-label': caption },
		el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, ...columns.map((column) =>
			el('th', { role: 'columnheader', scope: 'col', class: column.number ? 'number' : '' },
				column.hidden ? el('span', { class: 'unseen' }, column.name) : column.name)))), body);
	const none = el('p', { class: 'muted none' }, empty);
	parent.append(wide, none);
	return (items, keyOf, update) => {
		show(wide, items.length > 0);
		show(none, items.length === 0);
		keyed(body, items, keyOf, (item) => {
			const cells = columns.map((column) => {
				const cell = el('td', { role: 'cell', 'data-label': column.hidden ? '' : column.name,
					class: ((column.number ? 'number ' : '') + (column.class || '')).trim() });
				return { cell, parts: column.make ? column.make(cell, item) : null };
			});
			return { node: el('tr', { role: 'row' }, ...cells.map((cell) => cell.cell)), cells };
		}, (row, item) => {
			columns.forEach((column, i) => column.update(row.cells[i].parts || row.cells[i].cell, item));
			if (update) {
				update(row.node, item);
			}
		});
	};
}

export function bar(node) {
	const fill = el('i');
	node.append(el('span', { class: 'bar', 'aria-hidden': 'true' }, fill));
	return (share, warn) => {
		const percent = Math.round(Math.max(0, Math.min(1, share || 0)) * 100) + '%';
		if (fill.style.width !== percent) {
			fill.style.width = percent;
		}
		style(fill, warn && share >= warn ? 'warn' : '');
	};
}

export function spark(node, width, height) {
	const area = document.createElementNS(SVG, 'path');
	const line = document.createElementNS(SVG, 'path');
	const svg = document.createElementNS(SVG, 'svg');
	svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
	svg.setAttribute('class', 'spark');
	svg.setAttribute('preserveAspectRatio', 'none');
	svg.setAttribute('aria-hidden', 'true');
	area.setAttribute('class', 'area');
	line.setAttribute('class', 'line');
	svg.append(area, line);
	node.append(svg);
	return (series) => {
		const points = series.points;
		if (points.length < 2) {
			line.removeAttribute('d');
			area.removeAttribute('d');
			return;
		}
		const end = points[points.length - 1].at;
		const start = Math.min(points[0].at, end - 60000);
		const top = Math.max(series.max(), 1e-9);
		const x = (at) => ((at - start) / (end - start) * width).toFixed(1);
		const y = (value) => (height - 1 - value / top * (height - 3)).toFixed(1);
		const path = points.map((point) => `${x(point.at)} ${y(point.value)}`).join('L');
		line.setAttribute('d', 'M' + path);
		area.setAttribute('d', `M${x(points[0].at)} ${height}L${path}L${width} ${height}Z`);
	};
}

export const TONES = {
	READY: 'good', RUNNING: 'good', LISTENING: 'good', COMPLETED: 'good',
	QUIESCED: 'calm', DRAINING: 'calm', CONNECTING: 'calm', REFRESHING: 'busy', STOPPING: 'calm', ENDING: 'calm',
	REFUSING: 'warn', PAUSED: 'warn', DISCONNECTED: 'warn', ROLLED_BACK: 'warn', UNKNOWN: 'warn',
	UNRESPONSIVE: 'bad', STOPPED: 'bad', CLOSED: 'bad',
	CRASHED: 'bad', EARLY: 'bad', START_TIMEOUT: 'bad', HUNG: 'bad', DRAIN_TIMEOUT: 'warn',
};

export function chip(node, name) {
	style(node, 'chip ' + (TONES[name] || 'calm'));
	text(node, sentence(name));
}

export function makeChip(cell) {
	return cell.appendChild(el('span', { class: 'chip' }));
}

export function makeNoted(cell) {
	const value = cell.appendChild(el('span'));
	const note = cell.appendChild(el('span', { class: 'muted' }));
	return { value, note };
}
