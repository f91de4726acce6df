// What figures were in the last minutes, and how they are written

const RATE_MILLIS = 10000;
export const POLL_MILLIS = 2000;
export const HISTORY_MILLIS = 5 * 60000;

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

/** Begins anew, with another daemon. */
export function forget() {
	history = new Map();
}

/** Keeps nothing of workers but of those that are there. */
export function retain(workers) {
	const live = new Set(workers);
	for (const name of history.keys()) {
		const of = /^(?:worker|errors|processor) (.+?)(?:\/s)?$/.exec(name);
		if (of && !live.has(of[1])) {
			history.delete(name);
		}
	}
}

export function series(name) {
	let found = history.get(name);
	if (!found) {
		found = new Series();
		history.set(name, found);
	}
	return found;
}

/** Notes a counter, and returns how fast it grows. */
export function rate(name, at, value) {
	const counter = series(name);
	counter.add(at, value);
	const perSecond = counter.growth(RATE_MILLIS, true);
	if (perSecond !== null) {
		series(name + '/s').add(at, counter.growth(POLL_MILLIS * 1.5, true) ?? 0);
	}
	return perSecond;
}

export const sum = (values) => Object.values(values || {}).reduce((total, value) => total + value, 0);
export const total = (items, of) => items.reduce((all, item) => all + of(item), 0);

export const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
export const tenths = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
export const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

export function count(value) {
	if (value >= 1e7) {
		return tenths.format(value / 1e6) + ' M';
	}
	return whole.format(value);
}

export function perSecond(value) {
	return value === null ? '–' : (value >= 10 || value === 0 ? count(value) : tenths.format(value)) + '/s';
}

export function micros(value) {
	if (value < 1000) {
		return whole.format(value) + ' µs';
	}
	if (value < 1e6) {
		return (value < 1e4 ? tenths : whole).format(value / 1000) + ' ms';
	}
	return tenths.format(value / 1e6) + ' s';
}

export function bytes(used, max) {
	const [unit, size, format] = max >= 10 * 2 ** 30 ? ['GB', 2 ** 30, tenths] : ['MB', 2 ** 20, whole];
	return `${format.format(used / size)} of ${format.format(max / size)} ${unit}`;
}

export function duration(millis) {
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

export const age = (instant) => duration(Math.max(0, Date.now() - Date.parse(instant)));
export const words = (name) => name.toLowerCase().replaceAll('_', ' ');
export const sentence = (name) => name.charAt(0) + words(name).substring(1);
const keyOf = (worker) => worker.name + ' ' + worker.pid + ' ' + worker.since;
