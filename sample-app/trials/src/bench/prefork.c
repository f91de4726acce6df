/*
 * The floor without a hand-off: workers accept themselves, each from a listener of its own
 * on the same port (SO_REUSEPORT).
 * Usage: prefork PORT WORKERS
 */
#define _GNU_SOURCE
#include "http.h"

#include <sys/wait.h>

static int take(int listener)
{
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static void work(void *port)
{
	int listener = listen_on(*(int *) port);
	if (fcntl(listener, F_SETFL, O_NONBLOCK) < 0)
		die("fcntl");
	serve(listener, take);
}

int main(int argc, char **argv)
{
	int port;
	if (argc != 3)
		return 2;
	port = atoi(argv[1]);
	fork_workers(atoi(argv[2]), work, &port);
	/* Any worker that ends is the end of all */
	return wait(NULL) < 0;
}
