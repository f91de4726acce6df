package io.fdwork.sample.chaos;

/**
 * Where a connection was last.
 */
enum Place {

	/**
	 * At the port, which nobody held.
	 */
	PORT,

	/**
	 * In the backlog of the listener: no daemon had accepted it.
	 */
	BACKLOG,

	/**
	 * In the hands of the daemon: accepted and not put.
	 */
	DAEMON,

	/**
	 * In the queue: put, and neither it nor a later one was got.
	 */
	QUEUE,

	/**
	 * In the hands of a worker that had no time to write that down: a later one was got,
	 * and a queue is in order.
	 */
	TAKEN,

	/**
	 * In service: got and not answered.
	 */
	SERVICE,

	/**
	 * At home: kept alive, and given back to the daemon, which waits for its next
	 * request.
	 */
	HOME,

	/**
	 * On its way back: the worker had written the answer.
	 */
	ANSWERED

}
