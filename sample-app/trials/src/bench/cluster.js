// The routes of the sample in a cluster of Node processes: the primary accepts, and hands
// the connections to the workers in turn.
// Usage: node cluster.js PORT WORKERS CONCURRENCY (requests at a time in a worker, 0 for any)
'use strict';
const cluster = require('node:cluster');
const http = require('node:http');

const [port, workers, concurrency] = process.argv.slice(2).map(Number);
const TEN_MINUTES = 600_000;

function answer(url, response, end) {
	const { pathname, searchParams } = new URL(url, 'http://localhost');
	let body;
	let type = 'text/plain;charset=utf-8';
	if (pathname === '/') {
		body = `Hello from worker ${process.pid}\n`;
	}
	else if (pathname === '/pid' || pathname === '/work') {
		body = `${process.pid}\n`;
	}
	else if (pathname.startsWith('/bytes/')) {
		body = Buffer.alloc(Number(pathname.substring('/bytes/'.length)));
		type = 'application/octet-stream';
	}
	else {
		response.statusCode = 404;
		body = 'Try /, /pid, /work?millis=N, /bytes/N\n';
	}
	const respond = () => {
		response.setHeader('content-type', type);
		response.setHeader('content-length', Buffer.byteLength(body));
		response.end(body);
		end();
	};
	const millis = Number(searchParams.get('millis') ?? 0);
	if (millis > 0) {
		setTimeout(respond, millis);
	}
	else {
		respond();
	}
}

function serve() {
	const waiting = [];
	let active = 0;
	const next = () => {
		while (waiting.length > 0 && (concurrency === 0 || active < concurrency)) {
			const [request, response] = waiting.shift();
			active++;
			answer(request.url, response, () => {
				active--;
				next();
			});
		}
	};
	const server = http.createServer((request, response) => {
		waiting.push([request, response]);
		next();
	});
	server.keepAliveTimeout = TEN_MINUTES;
	server.listen({ port, host: '127.0.0.1', backlog: 1024 });
}

if (cluster.isPrimary) {
	for (let i = 0; i < workers; i++) {
		cluster.fork();
	}
}
else {
	serve();
}
