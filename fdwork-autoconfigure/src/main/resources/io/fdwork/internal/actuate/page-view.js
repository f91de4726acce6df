// What is shown

import { $, bar, chip, el, keyed, makeChip, makeNoted, show, spark, style, table, text, TONES, writable } from './page-elements.js';
import { age, bytes, clock, count, duration, HISTORY_MILLIS, micros, perSecond, sentence, series, tenths, total, whole, words } from './page-figures.js';
import { ending, exitKey } from './page-events.js';
import { done, errorsOf, keyOf } from './page-state.js';

/** What the buttons in the page do. */
export const actions = {};

let state = null;

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
		'aria-label': 'Retire ' + worker.name, onclick: () => actions.retire(worker) }, 'Retire…')),
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
		{ name: 'Generation', class: 'who', update: (cell, figures) => text(cell, 'Generation ' + figures.generation) },
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
	show(refresh.line, !fleet.bake);
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

export function showNotices(failure) {
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

export function showFreshness(failure, answered) {
	const since = answered ? performance.now() - answered : 0;
	style($('freshness'), 'fresh' + (failure ? ' bad' : answered ? ' good' : ''));
	text($('freshness').lastElementChild, failure ? 'No answer' + (answered ? ' for ' + duration(since) : '')
		: answered ? 'Live' : 'Connecting');
	document.body.classList.toggle('stale', !!failure);
}

export function showState(next) {
	state = next;
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
}
