package io.fdwork.worker;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Which daemon a worker gets from, and how much. Mutable until the worker is created; a
 * {@link WorkerCustomizer} may change it.
 */
public final class WorkerOptions {

	/**
	 * The smallest reserve: a message may bring as many as 60 descriptors, whatever a
	 * request may carry.
	 */
	public static final int MIN_DESCRIPTOR_RESERVE = 64;

	/**
	 * The shortest time after which a daemon is taken for hung: a machine that is busy
	 * delays what it says.
	 */
	public static final Duration MIN_DAEMON_TIMEOUT = Duration.ofSeconds(1);

	private final List<String> queues = new ArrayList<>();

	private final Set<Long> daemonUids = new LinkedHashSet<>();

	private Path directory;

	private @Nullable String application;

	private String name = "worker-" + ProcessHandle.current().pid();

	private int concurrency;

	private int maxConnections = ServingMode.EVENT_LOOPS.defaultConcurrency();

	private int slowStart = 100;

	private int descriptorReserve = 128;

	private DepartedClients departedClients = DepartedClients.RESET;

	private final List<String> warmUpPaths = new ArrayList<>();

	private int warmUpRequests = 200;

	private int warmUpServerRequests = 100;

	private Duration warmUpTimeout = Duration.ofSeconds(10);

	private Duration minReconnectDelay = Duration.ofMillis(100);

	private Duration maxReconnectDelay = Duration.ofMillis(250);

	private Duration daemonTimeout = Duration.ofSeconds(2);

	/**
	 * Create options.
	 * @param directory the directory of the daemon
	 * @param concurrency how many works of each queue can be served at once
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
	 * Return the users whose daemon is trusted. While there are none, these are the user
	 * of this process, and root, which can do everything to it anyway.
	 * @return a mutable set of uids, at first empty
	 */
	public Set<Long> getDaemonUids() {
		return this.daemonUids;
	}

	/**
	 * Return the name of the application. A daemon of another name refuses the worker.
	 * @return the name, or {@code null} for a worker that serves whatever daemon there is
	 */
	public @Nullable String getApplication() {
		return this.application;
	}

	/**
	 * Set the name of the application.
	 * @param application the name, or {@code null} for a worker that serves whatever
	 * daemon there is
	 */
	public void setApplication(@Nullable String application) {
		this.application = application;
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
	 * Return how many works of each queue can be served at once. One whose client is idle
	 * does not count.
	 * @return the number
	 */
	public int getConcurrency() {
		return this.concurrency;
	}

	/**
	 * Set how many works of each queue can be served at once.
	 * @param concurrency the number
	 */
	public void setConcurrency(int concurrency) {
		this.concurrency = concurrency;
	}

	/**
	 * Return how many works of each queue can be in hand at once, those included whose
	 * client is idle. It is at least the {@linkplain #getConcurrency() concurrency}.
	 * @return the number
	 */
	public int getMaxConnections() {
		return Math.max(this.maxConnections, this.concurrency);
	}

	/**
	 * Set how many works of each queue can be in hand at once.
	 * @param maxConnections the number
	 */
	public void setMaxConnections(int maxConnections) {
		this.maxConnections = maxConnections;
	}

	/**
	 * Return after how many answers a new worker serves as many works of each queue at
	 * once as the {@linkplain #getConcurrency() concurrency} allows. It serves one at
	 * first, and one more with each answer, while other workers serve what waits.
	 * @return the number, 0 for no slow start
	 */
	public int getSlowStart() {
		return this.slowStart;
	}

	/**
	 * Set after how many answers a new worker serves as many works at once as it can.
	 * @param slowStart the number, 0 for no slow start
	 */
	public void setSlowStart(int slowStart) {
		this.slowStart = slowStart;
	}

	/**
	 * Return what the worker asks itself, in turn, before it looks for the daemon.
	 * @return a mutable list of paths with their queries; none, as at first, for no
	 * warm-up
	 */
	public List<String> getWarmUpPaths() {
		return this.warmUpPaths;
	}

	/**
	 * Return how many requests the worker sends itself.
	 * @return the number
	 */
	public int getWarmUpRequests() {
		return this.warmUpRequests;
	}

	/**
	 * Set how many requests the worker sends itself.
	 * @param warmUpRequests the number
	 */
	public void setWarmUpRequests(int warmUpRequests) {
		this.warmUpRequests = warmUpRequests;
	}

	/**
	 * Return how many requests the worker sends its web server which no code of the
	 * application sees.
	 * @return the number, 0 for none
	 */
	public int getWarmUpServerRequests() {
		return this.warmUpServerRequests;
	}

	/**
	 * Set how many requests the worker sends its web server which no code of the
	 * application sees.
	 * @param warmUpServerRequests the number, 0 for none
	 */
	public void setWarmUpServerRequests(int warmUpServerRequests) {
		this.warmUpServerRequests = warmUpServerRequests;
	}

	/**
	 * Return how long the warm-up may take.
	 * @return the time, after which the worker goes on without what is missing
	 */
	public Duration getWarmUpTimeout() {
		return this.warmUpTimeout;
	}

	/**
	 * Set how long the warm-up may take.
	 * @param warmUpTimeout the time
	 */
	public void setWarmUpTimeout(Duration warmUpTimeout) {
		this.warmUpTimeout = warmUpTimeout;
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

	/**
	 * Return how long the daemon may not say that it accepts before the worker takes it
	 * for hung.
	 * @return the time
	 */
	public Duration getDaemonTimeout() {
		return this.daemonTimeout;
	}

	/**
	 * Set how long the daemon may not say that it accepts before the worker takes it for
	 * hung. It says so four times a second.
	 * @param daemonTimeout the time, {@link #MIN_DAEMON_TIMEOUT} or more
	 */
	public void setDaemonTimeout(Duration daemonTimeout) {
		this.daemonTimeout = daemonTimeout;
	}

	/**
	 * Return how many descriptors must be free before the worker gets anything.
	 * @return the number
	 */
	public int getDescriptorReserve() {
		return this.descriptorReserve;
	}

	/**
	 * Set how many descriptors must be free before the worker gets anything: with too few
	 * of them the kernel would drop what comes.
	 * @param descriptorReserve the number, {@link #MIN_DESCRIPTOR_RESERVE} or more
	 */
	public void setDescriptorReserve(int descriptorReserve) {
		this.descriptorReserve = descriptorReserve;
	}

	/**
	 * Return which clients have departed, so that what they have asked for is not served.
	 * @return who has; {@link DepartedClients#RESET} unless set
	 */
	public DepartedClients getDepartedClients() {
		return this.departedClients;
	}

	/**
	 * Set which clients have departed, so that what they have asked for is not served.
	 * @param departedClients who has
	 */
	public void setDepartedClients(DepartedClients departedClients) {
		this.departedClients = departedClients;
	}

}
