package io.fdwork.worker;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.wire.Membership;
import org.jspecify.annotations.Nullable;

/**
 * Which daemon a worker gets from, and how much. Mutable until the worker is created; a
 * {@link WorkerCustomizer} may change it.
 */
public final class WorkerOptions {

	private final List<String> queues = new ArrayList<>();

	private Path directory;

	private String name = "worker-" + ProcessHandle.current().pid();

	private int concurrency;

	private @Nullable Membership membership;

	private Duration minReconnectDelay = Duration.ofMillis(100);

	private Duration maxReconnectDelay = Duration.ofMillis(250);

	/**
	 * Create options.
	 * @param directory the directory of the daemon
	 * @param concurrency how many works of each queue can be in hand at once
	 */
	public WorkerOptions(Path directory, int concurrency) {
		this.directory = directory;
		this.concurrency = concurrency;
	}

	/**
	 * Return the queues to serve.
	 * @return a mutable list
	 */
	public List<String> getQueues() {
		return this.queues;
	}

	/**
	 * Return the directory of the daemon.
	 * @return the directory
	 */
	public Path getDirectory() {
		return this.directory;
	}

	/**
	 * Set the directory of the daemon.
	 * @param directory the directory
	 */
	public void setDirectory(Path directory) {
		this.directory = directory;
	}

	/**
	 * Return what the worker calls itself.
	 * @return the name
	 */
	public String getName() {
		return this.name;
	}

	/**
	 * Set what the worker calls itself.
	 * @param name the name
	 */
	public void setName(String name) {
		this.name = name;
	}

	/**
	 * Return how many works of each queue can be in hand at once.
	 * @return the number
	 */
	public int getConcurrency() {
		return this.concurrency;
	}

	/**
	 * Set how many works of each queue can be in hand at once.
	 * @param concurrency the number
	 */
	public void setConcurrency(int concurrency) {
		this.concurrency = concurrency;
	}

	/**
	 * Return which fleet started the worker.
	 * @return the membership, or {@code null} for a worker of no fleet
	 */
	public @Nullable Membership getMembership() {
		return this.membership;
	}

	/**
	 * Set which fleet started the worker.
	 * @param membership the membership, or {@code null} for a worker of no fleet
	 */
	public void setMembership(@Nullable Membership membership) {
		this.membership = membership;
	}

	/**
	 * Return the first delay before connecting again.
	 * @return the delay; it doubles up to the maximum
	 */
	public Duration getMinReconnectDelay() {
		return this.minReconnectDelay;
	}

	/**
	 * Set the first delay before connecting again.
	 * @param minReconnectDelay the delay
	 */
	public void setMinReconnectDelay(Duration minReconnectDelay) {
		this.minReconnectDelay = minReconnectDelay;
	}

	/**
	 * Return the longest delay before connecting again.
	 * @return the delay
	 */
	public Duration getMaxReconnectDelay() {
		return this.maxReconnectDelay;
	}

	/**
	 * Set the longest delay before connecting again.
	 * @param maxReconnectDelay the delay
	 */
	public void setMaxReconnectDelay(Duration maxReconnectDelay) {
		this.maxReconnectDelay = maxReconnectDelay;
	}

}
