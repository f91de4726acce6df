package io.fdwork.sample.chaos;

import java.util.ArrayList;
import java.util.List;

/**
 * That a worker has begun to execute a request.
 *
 * @param name the name that its client has given it
 * @param nanos when, in nanoseconds of CLOCK_MONOTONIC
 * @param worker the pid of the worker
 */
record Execution(String name, long nanos, long worker) {

	private static final String STEP = "EXECUTED";

	/**
	 * Return whether a line of a journal is of an execution.
	 */
	static boolean is(String line) {
		return line.split(" ")[1].equals(STEP);
	}

	/**
	 * Read executions.
	 * @param lines the lines of all journals, in any order
	 * @return all that there are
	 */
	static List<Execution> read(Iterable<String> lines) {
		List<Execution> executions = new ArrayList<>();
		for (String line : lines) {
			if (is(line)) {
				String[] words = line.split(" ");
				executions.add(new Execution(words[2], Long.parseLong(words[0]), Long.parseLong(words[3])));
			}
		}
		return executions;
	}

	/**
	 * Return the name of a request.
	 * @param connection the number of its connection
	 * @param request which one of that it is, from 0
	 */
	static String name(long connection, int request) {
		return connection + "-" + request;
	}

}
