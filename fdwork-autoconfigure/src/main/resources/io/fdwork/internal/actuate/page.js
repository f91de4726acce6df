// Asks the endpoint, and operates it

import { $, el, focusOn, show, style, text, writable } from './page-elements.js';
import { compare, log } from './page-events.js';
import { forget, POLL_MILLIS } from './page-figures.js';
import { measure } from './page-state.js';
import { actions, showFreshness, showNotices, showState } from './page-view.js';

const HIDDEN_POLL_MILLIS = 15000;
const ANSWER_MILLIS = 10000;

const endpoint = location.pathname.replace(/\/page\/?$/, '');

let state = null;
let answered = 0;
let failure = null;

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
		forget();
	}
	measure(state, now);
	if (!previous) {
		log('Opened');
	}
	else if (previous.pid === next.pid) {
		compare(previous, next);
	}
	showState(state);
	updateToolbar();
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
	showNotices(failure);
	showFreshness(failure, answered);
	polling = false;
	timer = setTimeout(poll, document.hidden ? HIDDEN_POLL_MILLIS : POLL_MILLIS);
}

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
				showNotices(failure);
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

actions.retire = retire;
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
setInterval(() => showFreshness(failure, answered), 1000);
poll();
