package io.fdwork.autoconfigure;

import java.util.LinkedHashSet;
import java.util.Set;

import io.fdwork.daemon.DaemonOptions.ReplayMethod;

import org.springframework.util.unit.DataSize;

/**
 * Which requests another worker gets when theirs dies before it answers.
 */
public class ReplayProperties {

	/**
	 * Methods of the requests that another worker executes again when theirs has died
	 * before it wrote anything of the answer. By default none is. Only of requests
	 * without a body, and only with Reactor Netty and the codec for Netty.
	 */
	private Set<ReplayMethod> methods = new LinkedHashSet<>();

	/**
	 * How long such a request can be: 256 B to 8 KB. A longer one ends with its worker.
	 * Takes as much shared memory for each connection in service that the daemon can
	 * hold.
	 */
	private DataSize maxRequestSize = DataSize.ofKilobytes(4);

	public Set<ReplayMethod> getMethods() {
		return this.methods;
	}

	public void setMethods(Set<ReplayMethod> methods) {
		this.methods = methods;
	}

	public DataSize getMaxRequestSize() {
		return this.maxRequestSize;
	}

	public void setMaxRequestSize(DataSize maxRequestSize) {
		this.maxRequestSize = maxRequestSize;
	}

}
