/*
 * Answers HTTP on connections that somebody accepts, on one epoll loop: the routes /, /pid
 * and /bytes/N of the sample, and /wait, the nanoseconds from the put of a connection until
 * it was got.
 */
#ifndef HTTP_H
#define HTTP_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { BACKLOG = 1024, EVENTS = 64, REQUEST_BYTES = 4096, HEAD_BYTES = 256, ZERO_BYTES = 256 * 1024 };

/* A connection, and what of its request and answer has gone over it. */
struct connection {
	int fd;
	int in_epoll; /* the events that epoll reports, 0 if it does not know the connection */
	int keep_alive;
	size_t read;
	size_t head, head_sent;
	size_t zeros; /* of the body, still to be sent */
	int64_t waited;
	char request[REQUEST_BYTES + 1];
	char answer[HEAD_BYTES];
};

static char zeros[ZERO_BYTES];

/* How long what was taken last had waited, in nanoseconds. */
static int64_t last_waited;

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_on(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t) port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0
			|| setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0
			|| bind(fd, (struct sockaddr *) &address, sizeof address) < 0 || listen(fd, BACKLOG) < 0)
		die("listen");
	return fd;
}

/* Forks workers, of which each ends with its parent. Returns in the workers only. */
static void fork_workers(int count, void (*then)(void *), void *argument)
{
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();
		if (pid < 0)
			die("fork");
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			then(argument);
		}
	}
}

static void end_connection(int epoll, struct connection *c)
{
	/*
	 * As fdwork does: whoever has handed the connection over may hold it for a moment longer.
	 * Until then it would not end, and epoll would go on to report it
	 */
	if (c->in_epoll && epoll_ctl(epoll, EPOLL_CTL_DEL, c->fd, NULL) < 0)
		die("epoll_ctl");
	shutdown(c->fd, SHUT_WR);
	close(c->fd);
	free(c);
}

static void prepare_answer(struct connection *c)
{
	static int pid;
	char body[64] = "";
	const char *type = "text/plain;charset=utf-8";
	size_t length;
	if (pid == 0)
		pid = getpid();
	c->keep_alive = strcasestr(c->request, "\r\nconnection: close") == NULL;
	c->zeros = 0;
	if (strncmp(c->request, "GET /bytes/", 11) == 0) {
		type = "application/octet-stream";
		c->zeros = strtoul(c->request + 11, NULL, 10);
	}
	else if (strncmp(c->request, "GET /pid", 8) == 0)
		snprintf(body, sizeof body, "%d\n", pid);
	else if (strncmp(c->request, "GET /wait", 9) == 0)
		snprintf(body, sizeof body, "%lld", (long long) c->waited);
	else
		snprintf(body, sizeof body, "Hello from worker %d\n", pid);
	length = c->zeros + strlen(body);
	c->head = (size_t) snprintf(c->answer, sizeof c->answer,
			"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %zu\r\n%s\r\n%s", type, length,
			c->keep_alive ? "" : "connection: close\r\n", body);
	c->head_sent = 0;
}

/* Returns 1 when the answer is sent, 0 when the connection takes no more now, -1 at its end. */
static int send_answer(struct connection *c)
{
	while (c->head_sent < c->head || c->zeros > 0) {
		struct iovec parts[2] = { { c->answer + c->head_sent, c->head - c->head_sent },
			{ zeros, c->zeros < ZERO_BYTES ? c->zeros : ZERO_BYTES } };
		struct msghdr message = { .msg_iov = parts, .msg_iovlen = c->zeros > 0 ? 2 : 1 };
		ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		size_t head;
		if (sent < 0)
			return errno == EAGAIN ? 0 : -1;
		head = (size_t) sent < parts[0].iov_len ? (size_t) sent : parts[0].iov_len;
		c->head_sent += head;
		c->zeros -= (size_t) sent - head;
	}
	return 1;
}

static void wait_for(int epoll, struct connection *c, int events)
{
	struct epoll_event event = { .events = (uint32_t) events, .data.ptr = c };
	if (c->in_epoll == events)
		return;
	if (epoll_ctl(epoll, c->in_epoll ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &event) < 0)
		die("epoll_ctl");
	c->in_epoll = events;
}

/* Goes on with a connection as far as it can. */
static void advance(int epoll, struct connection *c)
{
	for (;;) {
		if (c->head > 0) {
			int sent = send_answer(c);
			if (sent == 0) {
				wait_for(epoll, c, EPOLLOUT);
				return;
			}
			if (sent < 0 || !c->keep_alive) {
				end_connection(epoll, c);
				return;
			}
			c->head = c->read = 0;
		}
		ssize_t count = recv(c->fd, c->request + c->read, REQUEST_BYTES - c->read, MSG_DONTWAIT);
		if (count < 0 && errno == EAGAIN) {
			wait_for(epoll, c, EPOLLIN);
			return;
		}
		if (count <= 0) {
			end_connection(epoll, c);
			return;
		}
		c->read += (size_t) count;
		c->request[c->read] = 0;
		if (strstr(c->request, "\r\n\r\n") != NULL)
			prepare_answer(c);
	}
}

/* Serves what take() returns, a connection or -1 for none now, when the intake is readable. */
static _Noreturn void serve(int intake, int (*take)(int))
{
	struct epoll_event events[EVENTS];
	/* One of the workers is woken for each */
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = NULL };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, intake, &event) < 0)
		die("epoll");
	for (;;) {
		int count = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < count; i++) {
			struct connection *c = events[i].data.ptr;
			if (c == NULL) {
				int fd = take(intake);
				if (fd < 0)
					continue;
				c = calloc(1, sizeof *c);
				if (c == NULL)
					die("calloc");
				c->fd = fd;
				c->waited = last_waited;
			}
			advance(epoll, c);
		}
	}
}

#endif
