/*
 * The floor of a hand-off: a daemon accepts and sends each connection (SCM_RIGHTS) on one
 * connected AF_UNIX datagram pair, whose other end all workers hold.
 * Usage: handoff PORT WORKERS
 */
#define _GNU_SOURCE
#include "http.h"

#include <sys/un.h>
#include <time.h>

enum { SEND_BUFFER_BYTES = 4 * 1024 * 1024 };

static int64_t nanos(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int take(int queue)
{
	char frame[64];
	int64_t put_nanos;
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control;
	struct iovec part = { frame, sizeof frame };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes };
	struct cmsghdr *header;
	int fd = -1;
	if (recvmsg(queue, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof fd);
	memcpy(&put_nanos, frame, sizeof put_nanos);
	last_waited = nanos() - put_nanos;
	return fd;
}

static void put(int queue, int fd)
{
	char frame[64] = "";
	int64_t put_nanos = nanos();
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control;
	struct iovec part = { frame, sizeof frame };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	memcpy(frame, &put_nanos, sizeof put_nanos);
	/* Waits while the queue is full */
	if (sendmsg(queue, &message, MSG_NOSIGNAL) < 0)
		perror("sendmsg");
	close(fd);
}

static void work(void *queue)
{
	serve(*(int *) queue, take);
}

int main(int argc, char **argv)
{
	int pair[2];
	int buffer = SEND_BUFFER_BYTES;
	int listener;
	if (argc != 3)
		return 2;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0
			|| setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer) < 0)
		die("socketpair");
	fork_workers(atoi(argv[2]), work, &pair[1]);
	listener = listen_on(atoi(argv[1]));
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			put(pair[0], fd);
	}
}
