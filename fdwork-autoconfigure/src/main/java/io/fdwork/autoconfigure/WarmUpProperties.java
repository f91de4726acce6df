package io.fdwork.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Properties of the warm-up of a worker.
 */
public class WarmUpProperties {

	/**
	 * Paths that the worker asks itself for, in turn and with plain HTTP/1.1, before it
	 * takes any work. What they do is done: choose some that only read. By default, none.
	 */
	private List<String> paths = new ArrayList<>();

	/**
	 * How many requests the worker sends itself.
	 */
	private int requests = 200;

	/**
	 * How many requests the worker sends its web server first, which that answers itself:
	 * no filter and no controller of the application sees them. Zero for none.
	 */
	private int serverRequests = 100;

	/**
	 * How long the warm-up may take. What is missing after that is left out.
	 */
	private Duration timeout = Duration.ofSeconds(10);

	public List<String> getPaths() {
		return this.paths;
	}

	public void setPaths(List<String> paths) {
		this.paths = paths;
	}

	public int getRequests() {
		return this.requests;
	}

	public void setRequests(int requests) {
		this.requests = requests;
	}

	public int getServerRequests() {
		return this.serverRequests;
	}

	public void setServerRequests(int serverRequests) {
		this.serverRequests = serverRequests;
	}

	public Duration getTimeout() {
		return this.timeout;
	}

	public void setTimeout(Duration timeout) {
		this.timeout = timeout;
	}

}
