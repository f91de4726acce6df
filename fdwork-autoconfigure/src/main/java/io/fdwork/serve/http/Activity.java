package io.fdwork.serve.http;

/**
 * What is going on in a connection. With pipelining it may be more than one of these;
 * this is the one that comes first here.
 */
enum Activity {

	/**
	 * A response to what was requested has not been written to its end.
	 */
	ANSWERING,

	/**
	 * Something of the next request has been read, and not all.
	 */
	READING,

	/**
	 * The kernel has not taken all that was written, or the channel is not active.
	 */
	WRITING,

	/**
	 * All requests are answered, and nothing of the next one has been read.
	 */
	IDLE

}
