// What follows from what the endpoint says

import { HISTORY_MILLIS, rate, retain, series, sum, total } from './page-figures.js';

export const keyOf = (worker) => worker.name + ' ' + worker.pid + ' ' + worker.since;
const requestsOf = (worker) => worker.requests ? worker.requests.count : (worker.ended.SERVED || 0) + (worker.ended.FAILED || 0);
export const errorsOf = (worker) => (worker.requests ? worker.requests.failed : 0) + (worker.ended.FAILED || 0);

/** Counts what all have done, those included that have left. */
export function done(totals) {
	const ended = { SERVED: 0, FAILED: 0 };
	for (const outcomes of Object.values(totals.ended)) {
		ended.SERVED += outcomes.SERVED || 0;
		ended.FAILED += outcomes.FAILED || 0;
	}
	const answers = sum(totals.requests);
	return { requests: answers || ended.SERVED + ended.FAILED, errors: (totals.requests['5xx'] || 0) + ended.FAILED };
}

function waitsOf(workers, queue) {
	const serving = workers.filter((worker) => worker.queues.includes(queue));
	const largest = (of) => serving.reduce((max, worker) => Math.max(max, of(worker.waited)), 0);
	return { p50: largest((waited) => waited.p50Micros), p95: largest((waited) => waited.p95Micros),
		p99: largest((waited) => waited.p99Micros) };
}

/** Adds to a state what follows from those before. */
export function measure(state, now) {
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
		queue.waits = waitsOf(state.workers, queue.name);
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
	retain(state.workers.map(keyOf));
}
