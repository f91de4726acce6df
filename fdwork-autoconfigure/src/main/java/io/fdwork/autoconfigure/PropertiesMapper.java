package io.fdwork.autoconfigure;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.wire.Accounts;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.WorkFrame;
import io.fdwork.worker.WorkerOptions;
import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;
import org.springframework.util.unit.DataSize;

/**
 * Makes options of properties, and refuses values that cannot work.
 */
final class PropertiesMapper {

	private static final int MAX_EVENT_LOOPS = 1024;

	private static final int MAX_DESCRIPTOR_RESERVE = 100_000;

	private static final Duration MAX_INTERVAL = Duration.ofMinutes(10);

	static final Duration MAX_IDLE_TIMEOUT = Duration.ofDays(1);

	private static final int MAX_IDLE_CONNECTIONS = 1_000_000;

	private static final DataSize MIN_CONSOLE_BUFFER = DataSize.ofKilobytes(16);

	private static final DataSize MAX_CONSOLE_BUFFER = DataSize.ofMegabytes(64);

	private static final DataSize MIN_SCRAPE = DataSize.ofKilobytes(64);

	private static final DataSize MAX_SCRAPE = DataSize.ofMegabytes(256);

	private static final DataSize MIN_REPLAY = DataSize.ofBytes(256);

	private static final DataSize MAX_REPLAY = DataSize.ofBytes(WorkFrame.MAX_PREREAD);

	private static final int MAX_WARM_UP_REQUESTS = 1_000_000;

	private static final Pattern PATH = Pattern.compile("/[!-~]*");

	private final FdworkProperties properties;

	private final Environment environment;

	PropertiesMapper(FdworkProperties properties, Environment environment) {
		this.properties = properties;
		this.environment = environment;
	}

	DaemonOptions daemonOptions() {
		FdworkProperties.Daemon daemon = this.properties.getDaemon();
		DaemonOptions options = new DaemonOptions();
		options.setApplication(application());
		for (Map.Entry<String, FdworkProperties.Queue> queue : daemon.getQueues().entrySet()) {
			options.getQueueCapacities().put(queue.getKey(), queue.getValue().getCapacity());
		}
		options.getQueueCapacities().putIfAbsent(WorkRequest.DEFAULT_QUEUE, new FdworkProperties.Queue().getCapacity());
		options.getQueueCapacities().forEach(PropertiesMapper::checkQueue);
		InvalidFdworkPropertyException.check(options.getQueueCapacities().size() <= KernelQueues.MAX_QUEUES,
				"fdwork.daemon.queues", options.getQueueCapacities().keySet(),
				"at most " + KernelQueues.MAX_QUEUES + " queues");
		InvalidFdworkPropertyException.check(daemon.getListeners().size() <= ControlMessage.MAX_LISTENERS,
				"fdwork.daemon.listeners", daemon.getListeners().size() + " listeners",
				"at most " + ControlMessage.MAX_LISTENERS + " listeners");
		if (daemon.getListeners().isEmpty()) {
			options.getListeners().add(defaultListener());
		}
		for (int i = 0; i < daemon.getListeners().size(); i++) {
			options.getListeners()
				.add(ListenerMapper.options("fdwork.daemon.listeners[" + i + "]", daemon.getListeners().get(i)));
		}
		checkInterval("fdwork.daemon.integration-timeout", daemon.getIntegrationTimeout());
		options.setReportInterval(checkInterval("fdwork.daemon.report-interval", daemon.getReportInterval()));
		options.setHandshakeTimeout(checkInterval("fdwork.daemon.handshake-timeout", daemon.getHandshakeTimeout()));
		InvalidFdworkPropertyException.check(daemon.getMaxWorkers() >= 1, "fdwork.daemon.max-workers",
				daemon.getMaxWorkers(), "1 or more");
		options.setMaxWorkers(daemon.getMaxWorkers());
		for (String user : daemon.getAllowedUsers()) {
			options.getAllowedUids().add(account("fdwork.daemon.allowed-users", user, Accounts.findUser(user)));
		}
		for (String group : daemon.getAllowedGroups()) {
			options.getAllowedGids().add(account("fdwork.daemon.allowed-groups", group, Accounts.findGroup(group)));
		}
		options.setTakeoverTimeout(checkInterval("fdwork.daemon.takeover-timeout", daemon.getTakeoverTimeout()));
		options.setKeepListenersOnStop(daemon.isKeepListenersOnStop());
		Duration idleTimeout = daemon.getIdleTimeout();
		options.setIdleTimeout((idleTimeout != null)
				? checkDuration("fdwork.daemon.idle-timeout", idleTimeout, MAX_IDLE_TIMEOUT) : null);
		InvalidFdworkPropertyException.check(
				daemon.getMaxIdleConnections() >= 1 && daemon.getMaxIdleConnections() <= MAX_IDLE_CONNECTIONS,
				"fdwork.daemon.max-idle-connections", daemon.getMaxIdleConnections(),
				"a number from 1 to " + MAX_IDLE_CONNECTIONS);
		options.setMaxIdleConnections(daemon.getMaxIdleConnections());
		Integer maxHeld = daemon.getRecovery().getMaxConnections();
		if (maxHeld != null) {
			InvalidFdworkPropertyException.check(maxHeld >= 0 && maxHeld <= ServiceTable.MAX_ENTRIES,
					"fdwork.daemon.recovery.max-connections", maxHeld,
					"a number from 0 to " + ServiceTable.MAX_ENTRIES);
		}
		options.setMaxHeldConnections(maxHeld);
		mapReplay(daemon.getReplay(), maxHeld, options);
		checkConsoleBuffer(daemon.getConsoleBuffer());
		checkScrape(daemon.getScrape());
		new FleetMapper(daemon).check();
		return options;
	}

	private static void mapReplay(ReplayProperties replay, @Nullable Integer maxHeld, DaemonOptions options) {
		if (maxHeld != null && maxHeld == 0 && !replay.getMethods().isEmpty()) {
			throw new InvalidFdworkPropertyException("fdwork.daemon.recovery.max-connections", maxHeld,
					"a number above 0, or leave fdwork.daemon.replay.methods empty: what is not held is not replayed");
		}
		DataSize maxSize = replay.getMaxRequestSize();
		InvalidFdworkPropertyException.check(maxSize.compareTo(MIN_REPLAY) >= 0 && maxSize.compareTo(MAX_REPLAY) <= 0,
				"fdwork.daemon.replay.max-request-size", maxSize,
				"a size from " + MIN_REPLAY + " to " + MAX_REPLAY.toKilobytes() + "KB");
		options.getReplayMethods().addAll(replay.getMethods());
		options.setMaxReplayBytes((int) maxSize.toBytes());
	}

	private static void checkConsoleBuffer(DataSize buffer) {
		InvalidFdworkPropertyException.check(
				buffer.toBytes() == 0
						|| (buffer.compareTo(MIN_CONSOLE_BUFFER) >= 0 && buffer.compareTo(MAX_CONSOLE_BUFFER) <= 0),
				"fdwork.daemon.console-buffer", buffer, "a size from " + MIN_CONSOLE_BUFFER.toKilobytes() + "KB to "
						+ MAX_CONSOLE_BUFFER.toMegabytes() + "MB, or 0");
	}

	private static void checkScrape(ScrapeProperties scrape) {
		checkInterval("fdwork.daemon.scrape.timeout", scrape.getTimeout());
		DataSize size = scrape.getMaxSize();
		InvalidFdworkPropertyException.check(
				size == null || (size.compareTo(MIN_SCRAPE) >= 0 && size.compareTo(MAX_SCRAPE) <= 0),
				"fdwork.daemon.scrape.max-size", String.valueOf(size),
				"a size from " + MIN_SCRAPE.toKilobytes() + "KB to " + MAX_SCRAPE.toMegabytes() + "MB");
	}

	private static long account(String property, String name, @Nullable Long number) {
		if (number == null) {
			throw new InvalidFdworkPropertyException(property, name,
					"names of /etc/passwd or /etc/group, or numbers, as for accounts that are kept elsewhere");
		}
		return number;
	}

	private static void checkQueue(String name, int capacity) {
		InvalidFdworkPropertyException.check(capacity >= KernelQueue.MIN_DEPTH && capacity <= KernelQueue.MAX_DEPTH,
				"fdwork.daemon.queues." + name + ".capacity", capacity,
				"a number from " + KernelQueue.MIN_DEPTH + " to " + KernelQueue.MAX_DEPTH);
	}

	private DaemonOptions.ListenerOptions defaultListener() {
		FdworkProperties.Listener listener = new FdworkProperties.Listener();
		listener.setAddress(this.environment.getProperty("server.address", InetAddress.class));
		listener.setPort(serverPort());
		return ListenerMapper.options("server", listener);
	}

	private int serverPort() {
		return this.environment.getProperty("server.port", Integer.class, new FdworkProperties.Listener().getPort());
	}

	/**
	 * Return the port that clients connect to, as far as it is configured.
	 * @return the port of the first listener, or -1 if the daemon chooses it
	 */
	int clientPort() {
		List<FdworkProperties.Listener> listeners = this.properties.getDaemon().getListeners();
		int port = (listeners.isEmpty()) ? serverPort() : listeners.get(0).getPort();
		return (port > 0) ? port : -1;
	}

	Duration stopDelay() {
		Duration delay = this.properties.getDaemon().getStopDelay();
		InvalidFdworkPropertyException.check(!delay.isNegative() && delay.compareTo(MAX_INTERVAL) <= 0,
				"fdwork.daemon.stop-delay", delay, "a duration from 0s to " + MAX_INTERVAL.toMinutes() + "m");
		return delay;
	}

	FleetOptions fleetOptions() {
		return new FleetMapper(this.properties.getDaemon()).options();
	}

	ScalingRule scalingRule() {
		return new FleetMapper(this.properties.getDaemon()).scalingRule();
	}

	WorkerOptions workerOptions(int defaultConcurrency) {
		FdworkProperties.Worker worker = this.properties.getWorker();
		Integer concurrency = worker.getConcurrency();
		InvalidFdworkPropertyException.check(concurrency == null || concurrency >= 1, "fdwork.worker.concurrency",
				String.valueOf(concurrency), "1 or more");
		WorkerOptions options = new WorkerOptions(this.properties.directoryOrDefault(),
				(concurrency != null) ? concurrency : defaultConcurrency);
		options.setApplication(application());
		options.getQueues().addAll(new LinkedHashSet<>(worker.getQueues()));
		InvalidFdworkPropertyException.check(
				!options.getQueues().isEmpty() && options.getQueues().size() <= KernelQueues.MAX_QUEUES,
				"fdwork.worker.queues", worker.getQueues(), "1 to " + KernelQueues.MAX_QUEUES + " names of queues");
		setName(options, worker.getName());
		options.setMinReconnectDelay(checkInterval("fdwork.worker.min-reconnect-delay", worker.getMinReconnectDelay()));
		options.setMaxReconnectDelay(checkInterval("fdwork.worker.max-reconnect-delay", worker.getMaxReconnectDelay()));
		checkOrder("fdwork.worker.max-reconnect-delay", worker.getMaxReconnectDelay(),
				"fdwork.worker.min-reconnect-delay", worker.getMinReconnectDelay());
		options.setDaemonTimeout(daemonTimeout(worker.getDaemonTimeout()));
		String daemonUser = worker.getDaemonUser();
		if (daemonUser != null) {
			options.getDaemonUids()
				.add(account("fdwork.worker.daemon-user", daemonUser, Accounts.findUser(daemonUser)));
		}
		InvalidFdworkPropertyException.check(
				worker.getDescriptorReserve() >= WorkerOptions.MIN_DESCRIPTOR_RESERVE
						&& worker.getDescriptorReserve() <= MAX_DESCRIPTOR_RESERVE,
				"fdwork.worker.descriptor-reserve", worker.getDescriptorReserve(),
				"a number from " + WorkerOptions.MIN_DESCRIPTOR_RESERVE + " to " + MAX_DESCRIPTOR_RESERVE);
		checkDescriptors(worker.getDescriptorReserve(), DescriptorTable.limit());
		options.setDescriptorReserve(worker.getDescriptorReserve());
		options.setDepartedClients(worker.getDepartedClients());
		InvalidFdworkPropertyException.check(
				worker.getSlowStart() >= 0 && worker.getSlowStart() <= MAX_WARM_UP_REQUESTS, "fdwork.worker.slow-start",
				worker.getSlowStart(), "a number from 0 to " + MAX_WARM_UP_REQUESTS);
		options.setSlowStart(worker.getSlowStart());
		setWarmUp(options, worker.getWarmUp());
		return options;
	}

	private static Duration daemonTimeout(Duration timeout) {
		InvalidFdworkPropertyException
			.check(timeout.compareTo(WorkerOptions.MIN_DAEMON_TIMEOUT) >= 0 && timeout.compareTo(MAX_INTERVAL) <= 0,
					"fdwork.worker.daemon-timeout", timeout,
					"a duration from " + WorkerOptions.MIN_DAEMON_TIMEOUT.toSeconds() + "s to "
							+ MAX_INTERVAL.toMinutes()
							+ "m: the daemon says four times a second that it accepts, later on a busy machine");
		return timeout;
	}

	/**
	 * With fewer a worker would never get anything.
	 */
	static void checkDescriptors(int reserve, long limit) {
		long minimum = reserve + WorkerOptions.MIN_DESCRIPTOR_RESERVE;
		InvalidFdworkPropertyException.check(limit >= minimum, "fdwork.worker.descriptor-reserve", reserve,
				"a number that leaves " + WorkerOptions.MIN_DESCRIPTOR_RESERVE + " of the " + limit
						+ " files that the worker may have open (ulimit -n), or raise that limit to " + minimum
						+ " or more");
	}

	private @Nullable String application() {
		String application = this.properties.getApplication();
		InvalidFdworkPropertyException.check(
				application == null
						|| !application.isBlank() && application.length() <= ControlMessage.MAX_APPLICATION_LENGTH,
				"fdwork.application", String.valueOf(application),
				"a name of 1 to " + ControlMessage.MAX_APPLICATION_LENGTH + " characters");
		return application;
	}

	private static void setWarmUp(WorkerOptions options, WarmUpProperties warmUp) {
		for (String path : warmUp.getPaths()) {
			InvalidFdworkPropertyException.check(PATH.matcher(path).matches(), "fdwork.worker.warm-up.paths", path,
					"paths that begin with /, as in the first line of a request: encoded, without white space");
		}
		options.getWarmUpPaths().addAll(warmUp.getPaths());
		InvalidFdworkPropertyException.check(warmUp.getRequests() >= 1 && warmUp.getRequests() <= MAX_WARM_UP_REQUESTS,
				"fdwork.worker.warm-up.requests", warmUp.getRequests(), "a number from 1 to " + MAX_WARM_UP_REQUESTS);
		options.setWarmUpRequests(warmUp.getRequests());
		InvalidFdworkPropertyException.check(
				warmUp.getServerRequests() >= 0 && warmUp.getServerRequests() <= MAX_WARM_UP_REQUESTS,
				"fdwork.worker.warm-up.server-requests", warmUp.getServerRequests(),
				"a number from 0 to " + MAX_WARM_UP_REQUESTS);
		options.setWarmUpServerRequests(warmUp.getServerRequests());
		options.setWarmUpTimeout(checkInterval("fdwork.worker.warm-up.timeout", warmUp.getTimeout()));
	}

	int eventLoops() {
		Integer eventLoops = this.properties.getWorker().getEventLoops();
		InvalidFdworkPropertyException.check(eventLoops == null || (eventLoops >= 1 && eventLoops <= MAX_EVENT_LOOPS),
				"fdwork.worker.event-loops", String.valueOf(eventLoops), "a number from 1 to " + MAX_EVENT_LOOPS);
		return (eventLoops != null) ? eventLoops : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
	}

	Duration idleReturn() {
		Duration idleReturn = this.properties.getWorker().getReturnIdleAfter();
		return (idleReturn.isZero()) ? idleReturn : checkInterval("fdwork.worker.return-idle-after", idleReturn);
	}

	private static void setName(WorkerOptions options, @Nullable String name) {
		if (name != null) {
			InvalidFdworkPropertyException.check(!name.isBlank() && name.length() <= 100, "fdwork.worker.name", name,
					"a name of 1 to 100 characters");
			options.setName(name);
		}
	}

	static void checkOrder(String property, Duration max, String other, Duration min) {
		InvalidFdworkPropertyException.check(min.compareTo(max) <= 0, property, max,
				min + " or more, which is " + other + ", or both to the same");
	}

	static Duration checkInterval(String property, Duration value) {
		return checkDuration(property, value, MAX_INTERVAL);
	}

	static Duration checkDuration(String property, Duration value, Duration max) {
		InvalidFdworkPropertyException.check(value.toMillis() >= 1 && value.compareTo(max) <= 0, property, value,
				"a duration from 1ms to " + max.toMinutes() + "m");
		return value;
	}

}
