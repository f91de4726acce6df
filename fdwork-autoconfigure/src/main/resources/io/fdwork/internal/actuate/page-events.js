// What has happened since the page was opened

import { $, el, TONES } from './page-elements.js';
import { clock, words } from './page-figures.js';
import { keyOf } from './page-state.js';

const LOG_ENTRIES = 100;

export function log(message, tone) {
	const now = new Date();
	$('log').prepend(el('li', {}, el('time', { datetime: now.toISOString() }, clock.format(now)),
		el('span', { class: 'dot ' + (tone || 'calm'), 'aria-hidden': 'true' }), el('span', {}, message)));
	while ($('log').childElementCount > LOG_ENTRIES) {
		$('log').lastElementChild.remove();
	}
}

export const exitKey = (exit) => exit.pid + ' ' + exit.at;

export function ending(exit) {
	if (exit.signal !== undefined) {
		return 'signal ' + exit.signal;
	}
	return exit.code !== undefined ? 'exit code ' + exit.code : 'ended';
}

export function compare(before, after) {
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
		log(`Worker ${exit.pid} ended: ${words(exit.reason)}, ${ending(exit)}` + (exit.cause ? '. ' + exit.cause : ''),
			TONES[exit.reason]);
	}
}
