package io.fdwork.daemon;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What a daemon listens on, which queues it has, and how it deals with workers. Mutable
 * until the daemon is created; a {@link DaemonCustomizer} may change it.
 */
public final class DaemonOptions {

	private final List<ListenerOptions> listeners = new ArrayList<>();

	private final Map<String, Integer> queueCapacities = new LinkedHashMap<>();

	private final Set<Long> allowedUids = new LinkedHashSet<>();

	private final Set<Long> allowedGids = new LinkedHashSet<>();

	private @Nullable String application;

	private Duration reportInterval = Duration.ofSeconds(1);

	private Duration handshakeTimeout = Duration.ofSeconds(5);

	private int maxWorkers = 256;

	private Duration takeoverTimeout = Duration.ofSeconds(10);

	private boolean keepListenersOnStop;

	private @Nullable Duration idleTimeout;

	private int maxIdleConnections = 10_000;

	private @Nullable Integer maxHeldConnections;

	private final Set<ReplayMethod> replayMethods = new LinkedHashSet<>();

	private int maxReplayBytes = 4096;

	/**
	 * Return the listeners.
	 * @return a mutable list
	 */
	public List<ListenerOptions> getListeners() {
		return this.listeners;
	}

	/**
	 * Return the depth of each queue by its name.
	 * @return a mutable map
	 */
	public Map<String, Integer> getQueueCapacities() {
		return this.queueCapacities;
	}

	/**
	 * Return the name of the application. Workers of another name are refused.
	 * @return the name, or {@code null} for a daemon that takes every worker
	 */
	public @Nullable String getApplication() {
		return this.application;
	}

	/**
	 * Set the name of the application.
	 * @param application the name, or {@code null} for a daemon that takes every worker
	 */
	public void setApplication(@Nullable String application) {
		this.application = application;
	}

	/**
	 * Return the users whose processes may register as workers, besides the daemon's own.
	 * @return a mutable set of uids
	 */
	public Set<Long> getAllowedUids() {
		return this.allowedUids;
	}

	/**
	 * Return the groups whose processes may register as workers. Of the groups of a
	 * process its effective one counts.
	 * @return a mutable set of gids
	 */
	public Set<Long> getAllowedGids() {
		return this.allowedGids;
	}

	/**
	 * Return how often workers report.
	 * @return the interval
	 */
	public Duration getReportInterval() {
		return this.reportInterval;
	}

	/**
	 * Set how often workers report. One that has not reported for three times this long
	 * is shown as unresponsive.
	 * @param reportInterval the interval
	 */
	public void setReportInterval(Duration reportInterval) {
		this.reportInterval = reportInterval;
	}

	/**
	 * Return how long a peer may take to say who it is.
	 * @return the time
	 */
	public Duration getHandshakeTimeout() {
		return this.handshakeTimeout;
	}

	/**
	 * Set how long a peer may take to say who it is, and the daemon to write to a worker.
	 * @param handshakeTimeout the time
	 */
	public void setHandshakeTimeout(Duration handshakeTimeout) {
		this.handshakeTimeout = handshakeTimeout;
	}

	/**
	 * Return how many control connections there may be.
	 * @return the number
	 */
	public int getMaxWorkers() {
		return this.maxWorkers;
	}

	/**
	 * Set how many control connections there may be. More are refused.
	 * @param maxWorkers the number
	 */
	public void setMaxWorkers(int maxWorkers) {
		this.maxWorkers = maxWorkers;
	}

	/**
	 * Return how long to wait for a worker that gives back a listener.
	 * @return the time
	 */
	public Duration getTakeoverTimeout() {
		return this.takeoverTimeout;
	}

	/**
	 * Set how long to wait for a worker that gives back a listener, when its port is
	 * taken at the start.
	 * @param takeoverTimeout the time
	 */
	public void setTakeoverTimeout(Duration takeoverTimeout) {
		this.takeoverTimeout = takeoverTimeout;
	}

	/**
	 * Return whether the workers keep the listeners when the daemon is stopped.
	 * @return {@code false} unless set
	 */
	public boolean isKeepListenersOnStop() {
		return this.keepListenersOnStop;
	}

	/**
	 * Set whether the workers keep the listeners when the daemon is stopped, for the next
	 * one, as they do when it is killed.
	 * @param keepListenersOnStop whether they do
	 */
	public void setKeepListenersOnStop(boolean keepListenersOnStop) {
		this.keepListenersOnStop = keepListenersOnStop;
	}

	/**
	 * Return how long a connection that a worker gave back may be idle.
	 * @return the time, {@code null} for as long as its server lets it
	 */
	public @Nullable Duration getIdleTimeout() {
		return this.idleTimeout;
	}

	/**
	 * Set how long a connection that a worker gave back may be idle before it is closed.
	 * @param idleTimeout the time, for one whose server would close it later or never;
	 * {@code null} for as long as its server lets it
	 */
	public void setIdleTimeout(@Nullable Duration idleTimeout) {
		this.idleTimeout = idleTimeout;
	}

	/**
	 * Return how many idle connections of each queue the daemon holds.
	 * @return the number
	 */
	public int getMaxIdleConnections() {
		return this.maxIdleConnections;
	}

	/**
	 * Set how many idle connections of each queue the daemon holds. With one more the
	 * oldest is closed.
	 * @param maxIdleConnections the number
	 */
	public void setMaxIdleConnections(int maxIdleConnections) {
		this.maxIdleConnections = maxIdleConnections;
	}

	/**
	 * Return how many connections in service the daemon holds, too.
	 * @return the number, {@code null} for a share of its table of open files
	 */
	public @Nullable Integer getMaxHeldConnections() {
		return this.maxHeldConnections;
	}

	/**
	 * Set how many connections in service the daemon holds, too, so that they go on when
	 * their worker dies. More are served without that.
	 * @param maxHeldConnections the number, 0 for none, {@code null} for a share of its
	 * table of open files
	 */
	public void setMaxHeldConnections(@Nullable Integer maxHeldConnections) {
		this.maxHeldConnections = maxHeldConnections;
	}

	/**
	 * Return the methods of the requests that another worker executes again when theirs
	 * has died before it wrote anything of the answer.
	 * @return a mutable set
	 */
	public Set<ReplayMethod> getReplayMethods() {
		return this.replayMethods;
	}

	/**
	 * Return how long a request can be that is replayed.
	 * @return the bytes
	 */
	public int getMaxReplayBytes() {
		return this.maxReplayBytes;
	}

	/**
	 * Set how long a request can be that is replayed. A longer one ends with its worker.
	 * @param maxReplayBytes the bytes, at most 8192: as many are reserved for each
	 * connection in service that the daemon can hold, if there are methods
	 */
	public void setMaxReplayBytes(int maxReplayBytes) {
		this.maxReplayBytes = maxReplayBytes;
	}

	/**
	 * A listener.
	 *
	 * @param address where it listens
	 * @param backlog how many connections may wait in the kernel
	 * @param queue the queue that its connections go to
	 * @param dataTimeout how long clients may take to send something, before which their
	 * connections are not put; {@code null} to put them at once
	 * @param acceptedBy who accepts
	 * @param standIn whether workers accept while there is no daemon; {@code null} if
	 * they do where the application does not decide about accepted requests itself
	 * @param proxyProtocol the protocol in which a balancer says whose connections these
	 * are; {@code null} if nobody says so
	 */
	public record ListenerOptions(InetSocketAddress address, int backlog, String queue, @Nullable Duration dataTimeout,
			AcceptedBy acceptedBy, @Nullable Boolean standIn, @Nullable ProxyProtocol proxyProtocol) {

		/**
		 * Create options of a listener from which the daemon accepts, and whose clients
		 * connect themselves.
		 * @param address where it listens
		 * @param backlog how many connections may wait in the kernel
		 * @param queue the queue that its connections go to
		 * @param dataTimeout how long clients may take to send something; {@code null} to
		 * put their connections at once
		 */
		public ListenerOptions(InetSocketAddress address, int backlog, String queue, @Nullable Duration dataTimeout) {
			this(address, backlog, queue, dataTimeout, AcceptedBy.DAEMON, null, null);
		}

		/**
		 * Create options of a listener whose connections are put at once.
		 * @param address where it listens
		 * @param backlog how many connections may wait in the kernel
		 * @param queue the queue that its connections go to
		 */
		public ListenerOptions(InetSocketAddress address, int backlog, String queue) {
			this(address, backlog, queue, null);
		}

	}

	/**
	 * A method of requests that may be executed twice.
	 */
	public enum ReplayMethod {

		/**
		 * Changes nothing.
		 */
		GET,

		/**
		 * As {@link #GET}, for the head of the answer.
		 */
		HEAD,

		/**
		 * Changes nothing.
		 */
		OPTIONS,

		/**
		 * Deletes once, however often: the answer to the second one may say that there
		 * was nothing.
		 */
		DELETE

	}

	/**
	 * Who accepts the connections of a listener.
	 */
	public enum AcceptedBy {

		/**
		 * The daemon, which puts them on a queue. Workers may stand in for it.
		 */
		DAEMON,

		/**
		 * The workers that serve the queue of the listener, themselves. The daemon binds
		 * the listener and keeps it.
		 */
		WORKERS

	}

}
