'use strict';
(() => {

	const POLL_MILLIS = 2000;
	const HIDDEN_POLL_MILLIS = 15000;
	const ANSWER_MILLIS = 10000;
	const RATE_MILLIS = 10000;
	const HISTORY_MILLIS = 5 * 60000;
	const LOG_ENTRIES = 100;
	const SVG = 'http://www.w3.org/2000/svg';

	const endpoint = location.pathname.replace(/\/page\/?$/, '');
	const writable = document.documentElement.dataset.access === 'unrestricted';
	const $ = (id) => document.getElementById(id);

	// Elements. What comes from the endpoint only ever becomes text

	function el(tag, properties, ...children) {
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

	function text(node, value) {
		const string = String(value);
		if (node.textContent !== string) {
			node.textContent = string;
		}
	}

	function style(node, name) {
		if (node.className !== name) {
			node.className = name;
		}
	}

	function show(node, visible) {
		if (node.hidden === visible) {
			node.hidden = !visible;
		}
	}

	/** Makes the children of a node those of the items, and leaves those that are there: they may have the focus. */
	function keyed(parent, items, keyOf, create, update) {
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

	function focusOn(node) {
		if (!node.matches('button')) {
			node.tabIndex = -1;
		}
		node.focus({ preventScroll: true });
	}

	function table(parent, caption, columns, empty) {
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

	function bar(node) {
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

	function spark(node, width, height) {
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

	// Figures

	/** What a figure was in the last minutes. */
	class Series {

		constructor() {
			this.points = [];
		}

		add(at, value) {
			this.points.push({ at, value });
			while (this.points[0].at < at - HISTORY_MILLIS) {
				this.points.shift();
			}
		}

		max() {
			return this.points.reduce((max, point) => Math.max(max, point.value), 0);
		}

		/** By how much a counter grew in the last milliseconds, for each second or in all. */
		growth(millis, perSecond) {
			const last = this.points[this.points.length - 1];
			const first = this.points.find((point) => point.at >= last.at - millis);
			const grown = Math.max(0, last.value - first.value);
			return perSecond ? (last.at > first.at ? grown / (last.at - first.at) * 1000 : null) : grown;
		}

	}

	let history = new Map();

	function series(name) {
		let found = history.get(name);
		if (!found) {
			found = new Series();
			history.set(name, found);
		}
		return found;
	}

	/** Notes a counter, and returns how fast it grows. */
	function rate(name, at, value) {
		const counter = series(name);
		counter.add(at, value);
		const perSecond = counter.growth(RATE_MILLIS, true);
		if (perSecond !== null) {
			series(name + '/s').add(at, counter.growth(POLL_MILLIS * 1.5, true) ?? 0);
		}
		return perSecond;
	}

	const sum = (values) => Object.values(values || {}).reduce((total, value) => total + value, 0);
	const total = (items, of) => items.reduce((all, item) => all + of(item), 0);

	const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
	const tenths = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
	const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

	function count(value) {
		if (value >= 1e7) {
			return tenths.format(value / 1e6) + ' M';
		}
		return whole.format(value);
	}

	function perSecond(value) {
		return value === null ? '–' : (value >= 10 || value === 0 ? count(value) : tenths.format(value)) + '/s';
	}

	function micros(value) {
		if (value < 1000) {
			return whole.format(value) + ' µs';
		}
		if (value < 1e6) {
			return (value < 1e4 ? tenths : whole).format(value / 1000) + ' ms';
		}
		return tenths.format(value / 1e6) + ' s';
	}

	function bytes(used, max) {
		const [unit, size, format] = max >= 10 * 2 ** 30 ? ['GB', 2 ** 30, tenths] : ['MB', 2 ** 20, whole];
		return `${format.format(used / size)} of ${format.format(max / size)} ${unit}`;
	}

	function duration(millis) {
		if (millis < 1000) {
			return whole.format(Math.max(0, millis)) + ' ms';
		}
		const seconds = Math.floor(millis / 1000);
		if (seconds < 60) {
			return seconds + ' s';
		}
		const minutes = Math.floor(seconds / 60);
		if (minutes < 60) {
			return minutes + ' min' + (minutes < 10 && seconds % 60 ? ' ' + seconds % 60 + ' s' : '');
		}
		const hours = Math.floor(minutes / 60);
		return hours < 48 ? hours + ' h ' + minutes % 60 + ' min' : Math.floor(hours / 24) + ' d ' + hours % 24 + ' h';
	}

	const age = (instant) => duration(Math.max(0, Date.now() - Date.parse(instant)));
	const words = (name) => name.toLowerCase().replaceAll('_', ' ');
	const sentence = (name) => name.charAt(0) + words(name).substring(1);
	const keyOf = (worker) => worker.name + ' ' + worker.pid + ' ' + worker.since;

	const TONES = {
		READY: 'good', RUNNING: 'good', LISTENING: 'good', COMPLETED: 'good',
		QUIESCED: 'calm', DRAINING: 'calm', CONNECTING: 'calm', REFRESHING: 'busy', STOPPING: 'calm', ENDING: 'calm',
		REFUSING: 'warn', PAUSED: 'warn', DISCONNECTED: 'warn', ROLLED_BACK: 'warn', UNKNOWN: 'warn',
		UNRESPONSIVE: 'bad', STOPPED: 'bad', CLOSED: 'bad',
		CRASHED: 'bad', EARLY: 'bad', START_TIMEOUT: 'bad', HUNG: 'bad', DRAIN_TIMEOUT: 'warn',
	};

	function chip(node, name) {
		style(node, 'chip ' + (TONES[name] || 'calm'));
		text(node, sentence(name));
	}

	function makeChip(cell) {
		return cell.appendChild(el('span', { class: 'chip' }));
	}

	function makeNoted(cell) {
		const value = cell.appendChild(el('span'));
		const note = cell.appendChild(el('span', { class: 'muted' }));
		return { value, note };
	}

	// The state

	let state = null;
	let answered = 0;
	let failure = null;

	const requestsOf = (worker) => worker.requests ? worker.requests.count : (worker.ended.SERVED || 0) + (worker.ended.FAILED || 0);
	const errorsOf = (worker) => (worker.requests ? worker.requests.failed : 0) + (worker.ended.FAILED || 0);

	/** Counts what all have done, those included that have left. */
	function done(totals) {
		const ended = { SERVED: 0, FAILED: 0 };
		for (const outcomes of Object.values(totals.ended)) {
			ended.SERVED += outcomes.SERVED || 0;
			ended.FAILED += outcomes.FAILED || 0;
		}
		const answers = sum(totals.requests);
		return { requests: answers || ended.SERVED + ended.FAILED, errors: (totals.requests['5xx'] || 0) + ended.FAILED };
	}

	function waitsOf(queue) {
		const workers = state.workers.filter((worker) => worker.queues.includes(queue));
		const largest = (of) => workers.reduce((max, worker) => Math.max(max, of(worker.waited)), 0);
		return { p50: largest((waited) => waited.p50Micros), p95: largest((waited) => waited.p95Micros),
			p99: largest((waited) => waited.p99Micros) };
	}

	function measure(now) {
		const all = done(state.totals);
		state.figures = { rate: rate('requests', now, all.requests), errors: all.errors };
		rate('errors', now, all.errors);
		for (const worker of state.workers) {
			const key = keyOf(worker);
			worker.rate = rate('worker ' + key, now, requestsOf(worker));
			series('errors ' + key).add(now, errorsOf(worker));
			worker.newErrors = series('errors ' + key).growth(HISTORY_MILLIS, false);
			worker.processor = worker.process ? rate('processor ' + key, now, worker.process.processorMillis) : null;
		}
		for (const queue of state.queues) {
			queue.putRate = rate('put ' + queue.name, now, queue.put);
			queue.gotRate = rate('got ' + queue.name, now, queue.got);
			queue.waits = waitsOf(queue.name);
			series('wait ' + queue.name).add(now, queue.waits.p95);
			series('wait99 ' + queue.name).add(now, queue.waits.p99);
		}
		for (const listener of state.listeners) {
			listener.rate = rate('accepted ' + listener.address, now, listener.accepted);
		}
		series('depth').add(now, total(state.queues, (queue) => queue.depth));
		series('wait').add(now, Math.max(0, ...state.queues.map((queue) => queue.waits.p95)));
		series('idle').add(now, total(state.idle, (idle) => idle.held));
		series('busy').add(now, total(state.workers, (worker) => worker.busy));
		const live = new Set(state.workers.map(keyOf));
		for (const name of history.keys()) {
			const of = /^(?:worker|errors|processor) (.+?)(?:\/s)?$/.exec(name);
			if (of && !live.has(of[1])) {
				history.delete(name);
			}
		}
	}

	// What has happened

	function log(message, tone) {
		const now = new Date();
		$('log').prepend(el('li', {}, el('time', { datetime: now.toISOString() }, clock.format(now)),
			el('span', { class: 'dot ' + (tone || 'calm'), 'aria-hidden': 'true' }), el('span', {}, message)));
		while ($('log').childElementCount > LOG_ENTRIES) {
			$('log').lastElementChild.remove();
		}
	}

	const exitKey = (exit) => exit.pid + ' ' + exit.at;

	function ending(exit) {
		if (exit.signal !== undefined) {
			return 'signal ' + exit.signal;
		}
		return exit.code !== undefined ? 'exit code ' + exit.code : 'ended';
	}

	function compare(before, after) {
		const old = new Map(before.workers.map((worker) => [keyOf(worker), worker]));
		for (const worker of after.workers) {
			const known = old.get(keyOf(worker));
			old.delete(keyOf(worker));
			const who = worker.name + (worker.generation ? ' of generation ' + worker.generation : '');
			if (!known) {
				log(`${who} joined`, 'good');
			}
			else if (known.state !== worker.state) {
				log(`${who} is ${words(worker.state)}`, TONES[worker.state]);
			}
		}
		for (const worker of old.values()) {
			log(`${worker.name} left`);
		}
		if (!before.fleet || !after.fleet) {
			return;
		}
		if (before.fleet.state !== after.fleet.state) {
			log(`The fleet is ${words(after.fleet.state)}` + (after.fleet.reason ? ': ' + after.fleet.reason : ''),
				TONES[after.fleet.state]);
		}
		else if (!before.fleet.reason && after.fleet.reason) {
			log(after.fleet.reason, 'warn');
		}
		if (before.fleet.min !== after.fleet.min || before.fleet.max !== after.fleet.max) {
			log(`The fleet has ${after.fleet.min} to ${after.fleet.max} workers`);
		}
		if (after.fleet.bake && !before.fleet.bake) {
			log(`Generation ${after.fleet.bake.generation} is tried out`, 'busy');
		}
		const last = after.fleet.lastRefresh;
		if (last && (!before.fleet.lastRefresh || before.fleet.lastRefresh.at !== last.at)) {
			log(`Refresh to generation ${last.generation} ${words(last.outcome)}` + (last.reason ? ': ' + last.reason : ''),
				TONES[last.outcome]);
		}
		const exits = new Set(before.fleet.exits.map(exitKey));
		for (const exit of after.fleet.exits.filter((exit) => !exits.has(exitKey(exit)))) {
			log(`Worker ${exit.pid} ${words(exit.reason)} (${ending(exit)})` + (exit.cause ? ': ' + exit.cause : ''),
				TONES[exit.reason]);
		}
	}

	// What is shown

	/** Counts those that the fleet wants, where there is one: others may be connected besides. */
	const readyWorkers = () => state.workers.filter((worker) => worker.state === 'READY'
		&& (!state.fleet || worker.generation > 0)).length;

	function makeTile(name, drawing) {
		const value = el('span', { class: 'value' });
		const of = el('span', { class: 'of' });
		const note = el('span', { class: 'note' });
		const description = el('dd', {}, el('span', {}, value, of), note);
		const draw = drawing(description);
		const node = el('div', { class: 'tile' }, el('dt', {}, name), description);
		$('tiles').append(node);
		return (main, unit, aside, tone, figures) => {
			text(value, main);
			text(of, unit);
			text(note, aside);
			style(node, 'tile ' + (tone || ''));
			draw(figures);
		};
	}

	const curve = (description) => spark(description, 120, 26);

	/** A pip for each worker. */
	function pips(description) {
		const row = description.appendChild(el('span', { class: 'pips', 'aria-hidden': 'true' }));
		return (workers) => keyed(row, workers, keyOf, () => ({ node: el('i') }),
			(pip, worker) => style(pip.node, TONES[worker.state] || 'calm'));
	}

	const tiles = {
		workers: makeTile('Workers ready', pips),
		requests: makeTile('Requests', curve),
		errors: makeTile('Errors', curve),
		wait: makeTile('Wait, p95', curve),
		queued: makeTile('Queued', curve),
		busy: makeTile('In hand', curve),
		held: makeTile('Idle at home', curve),
	};

	function showTiles() {
		const fleet = state.fleet;
		const ready = readyWorkers();
		const others = [];
		const besides = fleet ? state.workers.filter((worker) => !worker.generation).length : 0;
		if (besides) {
			others.push(besides + ' of no fleet');
		}
		if (fleet && fleet.starting) {
			others.push(fleet.starting + ' starting');
		}
		if (fleet && fleet.draining) {
			others.push(fleet.draining + ' draining');
		}
		for (const [name, number] of Object.entries(state.workers.reduce((counts, worker) => {
			if (!['READY', 'DRAINING', 'CONNECTING'].includes(worker.state)) {
				counts[worker.state] = (counts[worker.state] || 0) + 1;
			}
			return counts;
		}, {}))) {
			others.push(number + ' ' + words(name));
		}
		tiles.workers(ready, fleet ? ' of ' + fleet.target : '', others.join(', ') || (fleet ? `${fleet.min} to ${fleet.max}` : 'connected: ' + state.workers.length),
			ready === 0 && (!fleet || fleet.target > 0) ? 'bad' : fleet && ready < fleet.target ? 'warn' : '', state.workers);
		tiles.requests(perSecond(state.figures.rate), '', count(done(state.totals).requests) + ' in all', '', series('requests/s'));
		const errors = series('errors').growth(HISTORY_MILLIS, false);
		tiles.errors(count(errors), ' in 5 min', count(state.figures.errors) + ' in all', errors ? 'warn' : '', series('errors/s'));
		tiles.wait(micros(Math.max(0, ...state.queues.map((queue) => queue.waits.p95))), '',
			'p50 ' + micros(Math.max(0, ...state.queues.map((queue) => queue.waits.p50)))
			+ ', p99 ' + micros(Math.max(0, ...state.queues.map((queue) => queue.waits.p99))), '', series('wait'));
		const depth = total(state.queues, (queue) => queue.depth);
		const capacity = total(state.queues, (queue) => queue.capacity);
		tiles.queued(count(depth), ' of ' + count(capacity), 'up to ' + count(series('depth').max()) + ' in 5 min',
			depth >= capacity * 0.9 ? 'bad' : depth >= capacity / 2 ? 'warn' : '', series('depth'));
		const busy = total(state.workers, (worker) => worker.busy);
		tiles.busy(count(busy), ' of ' + count(total(state.workers, (worker) => worker.concurrency)),
			count(total(state.workers, (worker) => worker.active) - busy) + ' idle besides', '', series('busy'));
		tiles.held(count(total(state.idle, (idle) => idle.held)), '',
			count(total(state.idle, (idle) => idle.returned)) + ' came home', '', series('idle'));
	}

	const showWorkers = table($('workers-body'), 'Workers', [
		{ name: 'Worker', class: 'who',
			make: (cell) => {
				const name = el('span', { class: 'name' });
				const pid = el('span', { class: 'muted' });
				const leader = el('span', { class: 'tag', title: 'It does what only one worker does' }, 'leader');
				cell.append(el('span', {}, name, leader), pid);
				return { name, leader, pid };
			},
			update: (parts, worker) => {
				text(parts.name, worker.name);
				show(parts.leader, worker.leader);
				text(parts.pid, (worker.pid > 0 && !worker.name.includes(worker.pid) ? 'pid ' + worker.pid + ', ' : '')
					+ worker.queues.join(', '));
			} },
		{ name: 'State', make: makeChip, update: (node, worker) => chip(node, worker.state) },
		{ name: 'Generation', number: true,
			update: (cell, worker) => text(cell, worker.generation || '–') },
		{ name: 'In hand', number: true,
			make: (cell) => {
				const value = cell.appendChild(el('span'));
				return { value, bar: bar(cell) };
			},
			update: (parts, worker) => {
				text(parts.value, `${count(worker.busy)} of ${count(worker.concurrency)}`);
				parts.bar(worker.busy / worker.concurrency, 0.9);
			} },
		{ name: 'Rate', number: true,
			make: (cell) => {
				const value = cell.appendChild(el('span'));
				return { value, spark: spark(cell, 80, 16) };
			},
			update: (parts, worker) => {
				text(parts.value, perSecond(worker.rate));
				parts.spark(series('worker ' + keyOf(worker) + '/s'));
			} },
		{ name: 'Errors', number: true,
			update: (cell, worker) => {
				text(cell, count(errorsOf(worker)));
				cell.classList.toggle('alarm', worker.newErrors > 0);
			} },
		{ name: 'Wait, p95', number: true, update: (cell, worker) => text(cell, micros(worker.waited.p95Micros)) },
		{ name: 'Heap', number: true,
			make: (cell) => {
				const value = cell.appendChild(el('span'));
				return { value, bar: bar(cell) };
			},
			update: (parts, worker) => {
				text(parts.value, worker.process ? bytes(worker.process.heapUsed, worker.process.heapMax) : '–');
				parts.bar(worker.process ? worker.process.heapUsed / worker.process.heapMax : 0, 0.9);
			} },
		{ name: 'Processor', number: true,
			update: (cell, worker) => text(cell, worker.processor === null ? '–' : whole.format(worker.processor / 10) + '%') },
		{ name: 'Connected', number: true, update: (cell, worker) => text(cell, age(worker.since)) },
	].concat(writable ? [{ name: 'Operations', hidden: true, class: 'operations',
		make: (cell, worker) => cell.appendChild(el('button', { type: 'button', class: 'small',
			'aria-label': 'Retire ' + worker.name, onclick: () => retire(worker) }, 'Retire…')),
		update: () => { } }] : []), 'No worker is connected.');

	const showQueues = table($('queues-body'), 'Queues', [
		{ name: 'Queue', class: 'who', update: (cell, queue) => text(cell, queue.name) },
		{ name: 'Depth', number: true,
			make: (cell) => {
				const value = cell.appendChild(el('span'));
				return { value, bar: bar(cell) };
			},
			update: (parts, queue) => {
				text(parts.value, `${count(queue.depth)} of ${count(queue.capacity)}`);
				parts.bar(queue.depth / queue.capacity, 0.5);
			} },
		{ name: 'Put', number: true, make: makeNoted, update: (parts, queue) => {
			text(parts.value, perSecond(queue.putRate));
			text(parts.note, perSecond(queue.gotRate) + ' got');
		} },
		{ name: 'Wait, p50', number: true, update: (cell, queue) => text(cell, micros(queue.waits.p50)) },
		{ name: 'p95', number: true,
			make: (cell) => {
				const value = cell.appendChild(el('span'));
				return { value, spark: spark(cell, 80, 16) };
			},
			update: (parts, queue) => {
				text(parts.value, micros(queue.waits.p95));
				parts.spark(series('wait ' + queue.name));
			} },
		{ name: 'p99', number: true, make: makeNoted, update: (parts, queue) => {
			text(parts.value, micros(queue.waits.p99));
			text(parts.note, micros(series('wait99 ' + queue.name).max()) + ' at most in 5 min');
		} },
	], 'There is no queue.');

	const showListeners = table($('listeners-body'), 'Listeners', [
		{ name: 'Address', class: 'who', update: (cell, listener) => text(cell, listener.address) },
		{ name: 'State', make: makeChip, update: (node, listener) => chip(node, listener.state) },
		{ name: 'Queue', update: (cell, listener) => text(cell, listener.queue) },
		{ name: 'Accepted', number: true, make: makeNoted, update: (parts, listener) => {
			text(parts.value, perSecond(listener.rate));
			text(parts.note, count(listener.accepted) + ' in all');
		} },
		{ name: 'By', class: 'whole', update: (cell, listener) => text(cell, [
			listener.acceptedBy === 'WORKERS' ? 'workers' : 'daemon',
			listener.waiting === undefined ? '' : listener.waiting + ' wait',
			listener.waitsFor ? 'no room in ' + listener.waitsFor : '',
			listener.givenBackBy ? 'given back by ' + listener.givenBackBy : '',
		].filter(Boolean).join(', ')) },
	], 'There is no listener.');

	function showFacts(parent, facts) {
		keyed(parent, facts, (fact) => fact[0], (fact) => {
			const value = el('dd');
			return { node: el('div', {}, el('dt', {}, fact[0]), value), value };
		}, (part, fact) => {
			text(part.value, fact[1]);
			style(part.value, fact[2] || '');
		});
	}

	function showConnections() {
		const recovery = state.recovery;
		const idle = (name) => total(state.idle, (one) => one[name]);
		showFacts($('recovery-body'), [
			['Held in service', `${count(recovery.held)} of ${count(recovery.capacity)}`],
			['Idle at home', count(idle('held'))],
			['Recovered, put again', count(recovery.connections.PUT_AGAIN || 0)],
			['Went on from home', count(idle('resumed'))],
			['Recovered, idle at home', count(recovery.connections.HOME || 0)],
			['Client left home', count(idle('left'))],
			['Ended with their worker', count(recovery.connections.LOST || 0), recovery.connections.LOST ? 'alarm' : ''],
			['Timed out at home', count(idle('timedOut'))],
			['Client had gone before', count(recovery.connections.DEPARTED || 0)],
			['Closed, no room at home', count(idle('evicted')), idle('evicted') ? 'alarm' : ''],
			['Not held, no room', count(recovery.skipped), recovery.skipped ? 'alarm' : ''],
		].concat(recovery.damaged ? [['Let go, table damaged', count(recovery.damaged), 'alarm']] : []));
	}

	const refresh = (() => {
		const line = el('p', { class: 'refresh-line' });
		const generations = el('div', { class: 'generations' });
		const bake = el('p', { class: 'refresh-line' });
		const last = el('p', { class: 'refresh-line' });
		const reason = el('p', { class: 'reason' });
		const comparison = el('div', {});
		const jar = el('p', { class: 'muted path' });
		$('refresh-body').append(line, generations, bake, last, reason, comparison, jar);
		const compared = table(comparison, 'What both generations have done', [
			{ name: 'Generation', class: 'who', update: (cell, figures) => text(cell, figures.generation) },
			{ name: 'Requests', number: true, update: (cell, figures) => text(cell, count(figures.requests)) },
			{ name: 'Failed', number: true, update: (cell, figures) => text(cell, count(figures.failed)
				+ (figures.requests ? ` (${tenths.format(figures.failed / figures.requests * 100)}%)` : '')) },
			{ name: 'Service time, p95', number: true,
				update: (cell, figures) => text(cell, figures.serviceMicros === undefined ? '–' : micros(figures.serviceMicros)) },
		], '');
		return { line, generations, bake, last, reason, comparison, compared, jar };
	})();

	function showRefresh() {
		const fleet = state.fleet;
		show($('refresh'), !!fleet);
		if (!fleet) {
			return;
		}
		const members = new Map();
		for (const worker of state.workers.filter((one) => one.generation)) {
			members.set(worker.generation, (members.get(worker.generation) || 0) + 1);
		}
		const share = [...members].sort((a, b) => a[0] - b[0]);
		const settled = share.length === 1 && share[0][0] === fleet.generation;
		text(refresh.line, fleet.state === 'REFRESHING' ? 'The workers are being replaced.'
			: settled ? `All workers are of generation ${fleet.generation}.` : `Generation ${fleet.generation} is wanted.`);
		keyed(refresh.generations, share, ([generation]) => String(generation), () => ({ node: el('span') }), (part, [generation, number]) => {
			text(part.node, `Generation ${generation}: ${number}`);
			part.node.style.flexGrow = number;
			style(part.node, generation < fleet.generation ? 'old' : generation > fleet.generation ? 'new' : 'wanted');
		});
		show(refresh.generations, share.length > 0);
		const bake = fleet.bake;
		show(refresh.bake, !!bake);
		if (bake) {
			text(refresh.bake, `Generation ${bake.generation} is tried out` + (bake.canary ? ' beside the old workers' : '')
				+ (bake.leftMillis === undefined ? ', when its workers are ready' : ': ' + duration(bake.leftMillis) + ' left'));
		}
		const last = fleet.lastRefresh;
		show(refresh.last, !!last);
		show(refresh.reason, !!last && !!last.reason);
		if (last) {
			text(refresh.last, `The last refresh, to generation ${last.generation}, was ${words(last.outcome)} ${age(last.at)} ago.`);
			style(refresh.last, 'refresh-line ' + TONES[last.outcome]);
			text(refresh.reason, last.reason || '');
		}
		const comparison = bake ? bake.comparison : last && last.comparison;
		show(refresh.comparison, !!comparison);
		refresh.compared(comparison ? [comparison.before, comparison.after] : [], (figures) => String(figures.generation));
		show(refresh.jar, !!fleet.jar);
		text(refresh.jar, fleet.jar || '');
	}

	function showExits() {
		const fleet = state.fleet;
		show($('exits'), !!fleet);
		if (!fleet) {
			return;
		}
		text($('exit-counts'), Object.entries(fleet.exitCounts).sort().map(([reason, number]) => `${count(number)} ${words(reason)}`).join(', ')
			|| 'No worker has ended.');
		keyed($('exits-body'), [...fleet.exits].reverse(), exitKey, (exit) => {
			const about = el('span', { class: 'about' });
			const reason = el('span', { class: 'chip' });
			chip(reason, exit.reason);
			const line = [el('span', { class: 'exit-head' }, el('time', { datetime: exit.at, title: new Date(exit.at).toLocaleString() }, clock.format(new Date(exit.at))), reason,
				el('b', {}, 'Worker ' + exit.pid), about)];
			if (exit.cause) {
				line.push(el('span', { class: 'cause' }, exit.cause));
			}
			if (!exit.lastLines.length && !exit.threadDump) {
				return { node: el('li', {}, el('div', { class: 'exit' }, ...line)), about };
			}
			const details = el('details', {}, el('summary', { class: 'exit' }, ...line));
			if (exit.lastLines.length) {
				details.append(el('pre', { tabindex: '0', 'aria-label': 'The last lines of worker ' + exit.pid }, exit.lastLines.join('\n')));
			}
			if (exit.threadDump) {
				details.append(el('details', {}, el('summary', {}, 'Thread dump'),
					el('pre', { tabindex: '0', 'aria-label': 'The thread dump of worker ' + exit.pid }, exit.threadDump)));
			}
			return { node: el('li', {}, details), about };
		}, (part, exit) => text(part.about,
			`generation ${exit.generation}, ${ending(exit)}, after ${duration(exit.uptimeMillis)}, ${age(exit.at)} ago`));
	}

	function showNotices() {
		const notices = [];
		if (failure) {
			notices.push(['bad', failure]);
		}
		if (state && state.fleet && state.fleet.reason) {
			notices.push([state.fleet.state === 'STOPPED' ? 'bad' : 'warn', state.fleet.reason]);
		}
		if (state && state.fleet && state.fleet.state === 'QUIESCED') {
			notices.push(['warn', 'The workers are quiesced: clients wait until they are resumed.']);
		}
		keyed($('notices'), notices, (notice) => notice.join(' '), (notice) => ({ node: el('p', { class: 'notice ' + notice[0] }, notice[1]) }), () => { });
	}

	function showFreshness() {
		const since = answered ? performance.now() - answered : 0;
		style($('freshness'), 'fresh' + (failure ? ' bad' : answered ? ' good' : ''));
		text($('freshness').lastElementChild, failure ? 'No answer' + (answered ? ' for ' + duration(since) : '')
			: answered ? 'Live' : 'Connecting');
		document.body.classList.toggle('stale', !!failure);
	}

	function showState() {
		const fleet = state.fleet;
		const name = fleet && state.state === 'RUNNING' ? fleet.state : state.state;
		show($('state'), true);
		chip($('state'), name);
		text($('about'), `${location.host}, daemon ${state.pid}` + (fleet ? `, generation ${fleet.generation}` : ''));
		document.title = readyWorkers() + (fleet ? '/' + fleet.target : '') + ' ready – fdwork';
		showTiles();
		showWorkers(state.workers, keyOf, (row, worker) => {
			row.dataset.worker = worker.pid;
			style(row, fleet && worker.generation && worker.generation !== fleet.generation ? 'other' : '');
		});
		showQueues(state.queues, (queue) => queue.name);
		showListeners(state.listeners, (listener) => listener.address + ' ' + listener.queue);
		showConnections();
		showRefresh();
		showExits();
		updateToolbar();
	}

	// Asking

	async function ask(path, options) {
		const controller = new AbortController();
		const timer = setTimeout(() => controller.abort(), ANSWER_MILLIS);
		try {
			const response = await fetch(endpoint + path, { signal: controller.signal, cache: 'no-store', redirect: 'error',
				credentials: 'same-origin', ...options, headers: { Accept: 'application/json', ...(options && options.headers) } });
			const body = await response.text();
			if (response.ok) {
				return JSON.parse(body);
			}
			let reason = '';
			try {
				reason = JSON.parse(body).error || '';
			}
			catch (ex) {
				// Not of fdwork
			}
			if (response.status === 401 || response.status === 403) {
				reason = reason || 'You may not do that, or are not signed in any more: reload the page';
			}
			throw new Error(reason || `The daemon answered with status ${response.status}`);
		}
		catch (ex) {
			if (ex.name === 'AbortError') {
				throw new Error(`The daemon has not answered in ${ANSWER_MILLIS / 1000} s`);
			}
			if (ex instanceof TypeError) {
				throw new Error('The daemon cannot be reached, or wants you to sign in: then reload the page');
			}
			throw ex;
		}
		finally {
			clearTimeout(timer);
		}
	}

	let asked = 0;
	let taken = 0;

	/** Asks for the state, and shows it unless a later one is shown by then. */
	async function update(path, options) {
		const number = ++asked;
		const next = await ask(path, options);
		if (number < taken) {
			return;
		}
		taken = number;
		const now = performance.now();
		const previous = state;
		if (failure) {
			log('The daemon answers again', 'good');
		}
		failure = null;
		answered = now;
		state = next;
		if (previous && previous.pid !== next.pid) {
			log(`There is another daemon: process ${next.pid}`, 'warn');
			history = new Map();
		}
		measure(now);
		if (!previous) {
			log('Opened');
		}
		else if (previous.pid === next.pid) {
			compare(previous, next);
		}
		showState();
	}

	let timer = 0;
	let polling = false;

	async function poll() {
		if (polling) {
			return;
		}
		polling = true;
		clearTimeout(timer);
		try {
			await update('');
		}
		catch (ex) {
			if (!failure) {
				log(ex.message, 'bad');
			}
			failure = ex.message;
			document.title = 'No answer – fdwork';
		}
		showNotices();
		showFreshness();
		polling = false;
		timer = setTimeout(poll, document.hidden ? HIDDEN_POLL_MILLIS : POLL_MILLIS);
	}

	// Operating

	const buttons = {};

	function addButton(name, title, action) {
		buttons[name] = $('toolbar').appendChild(el('button', { type: 'button', onclick: action }, title));
	}

	function updateToolbar() {
		show($('toolbar'), writable);
		show($('access'), !writable);
		if (!writable) {
			return;
		}
		const fleet = state.fleet;
		const quiesced = fleet ? fleet.state === 'QUIESCED' : state.workers.some((worker) => worker.state === 'QUIESCED');
		show(buttons.refresh, !!fleet);
		show(buttons.quiesce, !quiesced);
		show(buttons.stop, !!fleet && fleet.state !== 'STOPPED');
		const resumable = quiesced || (!!fleet && fleet.state === 'STOPPED');
		show(buttons.resume, resumable || !fleet);
		style(buttons.resume, resumable ? 'primary' : '');
		style(buttons.refresh, resumable ? '' : 'primary');
	}

	/** Asks whether to do it, and with which arguments. */
	function confirmed(operation, title, description, fields, verb, argumentsOf) {
		const dialog = $('dialog');
		const error = el('p', { class: 'error', role: 'alert' });
		const inputs = fields.map((field) => el('input', { name: field.name, type: 'text', placeholder: field.hint || '',
			inputmode: field.number ? 'numeric' : 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false',
			'aria-describedby': field.help ? 'help-' + field.name : null, value: field.value === undefined ? '' : field.value }));
		const cancel = el('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel');
		const go = el('button', { type: 'submit', class: 'primary' }, verb);
		const form = el('form', {
			onsubmit: async (event) => {
				event.preventDefault();
				go.disabled = true;
				text(error, '');
				try {
					const given = argumentsOf ? argumentsOf() : {};
					inputs.filter((input) => input.value.trim()).forEach((input) => {
						given[input.name] = input.value.trim();
					});
					await update('/' + operation, { method: 'POST', headers: { 'Content-Type': 'application/json' },
						body: JSON.stringify(given) });
					log(`You asked for: ${title.toLowerCase()}`, 'busy');
					showNotices();
					dialog.close();
					if (document.activeElement === document.body) {
						focusOn($('toolbar').querySelector('button:not([hidden])'));
					}
				}
				catch (ex) {
					text(error, ex.message);
				}
				go.disabled = false;
			},
		}, el('h2', { id: 'dialog-title' }, title), el('p', {}, description),
			...fields.map((field, i) => el('label', {}, el('span', {}, field.label), inputs[i],
				...(field.help ? [el('small', { id: 'help-' + field.name }, field.help)] : []))),
			error, el('div', { class: 'actions' }, cancel, go));
		dialog.replaceChildren(form);
		dialog.showModal();
		(inputs[0] || cancel).focus();
	}

	function retire(worker) {
		const managed = state.fleet && worker.generation;
		confirmed('retire', 'Retire ' + worker.name, 'It finishes what it has in hand, and then ends. '
			+ (managed ? 'Another one takes its place.' : 'Nobody replaces it.'), [], 'Retire',
			() => ({ worker: worker.pid > 0 ? String(worker.pid) : worker.name }));
	}

	addButton('refresh', 'Refresh…', () => confirmed('refresh', 'Refresh the workers',
		'New workers take the place of all those that are there. What is left empty is as the properties of the daemon say.', [
			{ name: 'jar', label: 'Jar', hint: state.fleet.jar || '', help: 'What they run. Empty: the same as now' },
			{ name: 'batch', label: 'Batch', hint: 'for instance 1 or 50%', help: 'How many at a time, as a number or a percentage' },
			{ name: 'canary', label: 'Canary', number: true, help: 'How many must prove themselves beside the old ones first' },
			{ name: 'bake', label: 'Bake', hint: 'for instance 5m', help: 'For how long the new ones must stay well before the old ones end' },
			{ name: 'drainTimeout', label: 'Drain timeout', hint: 'for instance 30s', help: 'How long an old one may finish what it has in hand' },
		], 'Refresh'));
	addButton('scale', 'Scale…', () => confirmed('scale', 'Scale', 'It lasts as long as the daemon.',
		(state.fleet ? [
			{ name: 'min', label: 'At least', number: true, value: state.fleet.min, help: 'workers' },
			{ name: 'max', label: 'At most', number: true, value: state.fleet.max, help: 'workers' },
		] : []).concat([
			{ name: 'concurrency', label: 'Concurrency', number: true,
				help: 'How many works of each queue a worker may have in hand. 0: as many as it is configured for' },
		]), 'Scale'));
	addButton('quiesce', 'Quiesce…', () => confirmed('quiesce', 'Quiesce the workers',
		'They finish what they have in hand and get nothing more, until they are resumed. Clients wait meanwhile.', [], 'Quiesce'));
	addButton('stop', 'Stop starting…', () => confirmed('stop', 'Stop starting workers',
		'No worker is started any more, whatever is missing, until the fleet is resumed. Those that run go on.', [], 'Stop starting'));
	addButton('resume', 'Resume…', () => confirmed('resume', 'Resume',
		'The workers get what is queued, and the fleet starts what is missing.', [], 'Resume'));

	document.addEventListener('visibilitychange', () => {
		if (!document.hidden) {
			poll();
		}
	});
	setInterval(showFreshness, 1000);
	poll();

})();
