package io.fdwork.autoconfigure;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.daemon.DaemonApplication;
import io.fdwork.daemon.ProxyProtocol;
import io.fdwork.fleet.WorkerOutput;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.worker.DepartedClients;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.util.unit.DataSize;

/**
 * Properties of fdwork.
 */
@ConfigurationProperties("fdwork")
public class FdworkProperties {

	/**
	 * What this application is. With "none" it is neither.
	 */
	private Role role = Role.NONE;

	/**
	 * Name of the application, by which a daemon knows its workers: one of another name
	 * is refused. By default, "spring.application.name", or the main class where there is
	 * none.
	 */
	private @Nullable String application;

	/**
	 * Directory of the AF_UNIX sockets, the same for a daemon and its workers. It has
	 * mode 0700, unless other users are allowed. By default, a directory of the user and
	 * the application below the temporary directory.
	 */
	private @Nullable Path directory;

	private final Daemon daemon = new Daemon();

	private final Worker worker = new Worker();

	private final Systemd systemd = new Systemd();

	public Role getRole() {
		return this.role;
	}

	public void setRole(Role role) {
		this.role = role;
	}

	public @Nullable String getApplication() {
		return this.application;
	}

	public void setApplication(@Nullable String application) {
		this.application = application;
	}

	public @Nullable Path getDirectory() {
		return this.directory;
	}

	public void setDirectory(@Nullable Path directory) {
		this.directory = directory;
	}

	public Daemon getDaemon() {
		return this.daemon;
	}

	public Worker getWorker() {
		return this.worker;
	}

	public Systemd getSystemd() {
		return this.systemd;
	}

	Path directoryOrDefault() {
		return (this.directory != null) ? this.directory : DefaultDirectory.of(System.getProperty("user.name"),
				(this.application != null) ? this.application : "application");
	}

	/**
	 * Properties of what has to do with systemd.
	 */
	public static class Systemd {

		/**
		 * Whether to use the sockets that systemd passes, and to tell systemd how the
		 * application is, when systemd has started it.
		 */
		private boolean enabled = true;

		public boolean isEnabled() {
			return this.enabled;
		}

		public void setEnabled(boolean enabled) {
			this.enabled = enabled;
		}

	}

	/**
	 * Properties of the daemon.
	 */
	public static class Daemon {

		/**
		 * How much of the application the daemon creates: what it needs and what is
		 * marked for it, or all.
		 */
		private DaemonApplication application = DaemonApplication.LEAN;

		/**
		 * Ports to listen on. By default, one listener on server.address and server.port,
		 * which the application itself leaves to fdwork.
		 */
		private final List<Listener> listeners = new ArrayList<>();

		/**
		 * Queues by name. By default, one queue named "default".
		 */
		private final Map<String, Queue> queues = new LinkedHashMap<>();

		/**
		 * Name of the channel that accepted requests are sent to. What reaches the
		 * channel "fdworkPutChannel" is put on its queue.
		 */
		private String integrationChannel = FdworkChannels.PUT;

		/**
		 * How long an accepted request may be on its way between integration endpoints
		 * before it counts as dropped.
		 */
		private Duration integrationTimeout = Duration.ofSeconds(10);

		/**
		 * How often workers report. One that misses three reports is shown as
		 * unresponsive.
		 */
		private Duration reportInterval = Duration.ofSeconds(1);

		/**
		 * How long a peer on the control socket may take to say who it is.
		 */
		private Duration handshakeTimeout = Duration.ofSeconds(5);

		/**
		 * How many control connections there may be.
		 */
		private int maxWorkers = 256;

		/**
		 * Users whose processes may register as workers besides the daemon's own, by name
		 * or number.
		 */
		private List<String> allowedUsers = new ArrayList<>();

		/**
		 * Groups whose processes may register as workers, by name or number. Of a process
		 * its effective group counts.
		 */
		private List<String> allowedGroups = new ArrayList<>();

		/**
		 * How long to wait for a worker that gives a listener back, when its port is
		 * taken at the start.
		 */
		private Duration takeoverTimeout = Duration.ofSeconds(10);

		/**
		 * Whether the workers keep the listeners and go on when the daemon is stopped, so
		 * that the next daemon takes over and no client is refused.
		 */
		private boolean keepListenersOnStop;

		/**
		 * How long the daemon goes on accepting when it was told to end by a signal, with
		 * its readiness refusing traffic, before it stops: what balancers in front need
		 * to find out. The shutdown phase comes after it.
		 */
		private Duration stopDelay = Duration.ZERO;

		/**
		 * How long a connection that a worker gave back may be idle before it is closed,
		 * at most. By default, as long as its web server lets it.
		 */
		private @Nullable Duration idleTimeout;

		/**
		 * How many idle connections of each queue the daemon holds. With one more the
		 * oldest is closed.
		 */
		private int maxIdleConnections = 10_000;

		/**
		 * How much of the standard output may wait for whoever reads it, and as much of
		 * the standard error. Lines that come then are dropped. With 0, whoever writes
		 * waits.
		 */
		private DataSize consoleBuffer = DataSize.ofMegabytes(1);

		private final Recovery recovery = new Recovery();

		@NestedConfigurationProperty
		private final ReplayProperties replay = new ReplayProperties();

		private final Fleet fleet = new Fleet();

		@NestedConfigurationProperty
		private final ScrapeProperties scrape = new ScrapeProperties();

		@NestedConfigurationProperty
		private final PageProperties page = new PageProperties();

		public DaemonApplication getApplication() {
			return this.application;
		}

		public void setApplication(DaemonApplication application) {
			this.application = application;
		}

		public List<Listener> getListeners() {
			return this.listeners;
		}

		public Map<String, Queue> getQueues() {
			return this.queues;
		}

		public String getIntegrationChannel() {
			return this.integrationChannel;
		}

		public void setIntegrationChannel(String integrationChannel) {
			this.integrationChannel = integrationChannel;
		}

		public Duration getIntegrationTimeout() {
			return this.integrationTimeout;
		}

		public void setIntegrationTimeout(Duration integrationTimeout) {
			this.integrationTimeout = integrationTimeout;
		}

		public Duration getReportInterval() {
			return this.reportInterval;
		}

		public void setReportInterval(Duration reportInterval) {
			this.reportInterval = reportInterval;
		}

		public Duration getHandshakeTimeout() {
			return this.handshakeTimeout;
		}

		public void setHandshakeTimeout(Duration handshakeTimeout) {
			this.handshakeTimeout = handshakeTimeout;
		}

		public int getMaxWorkers() {
			return this.maxWorkers;
		}

		public void setMaxWorkers(int maxWorkers) {
			this.maxWorkers = maxWorkers;
		}

		public List<String> getAllowedUsers() {
			return this.allowedUsers;
		}

		public void setAllowedUsers(List<String> allowedUsers) {
			this.allowedUsers = allowedUsers;
		}

		public List<String> getAllowedGroups() {
			return this.allowedGroups;
		}

		public void setAllowedGroups(List<String> allowedGroups) {
			this.allowedGroups = allowedGroups;
		}

		public Duration getTakeoverTimeout() {
			return this.takeoverTimeout;
		}

		public void setTakeoverTimeout(Duration takeoverTimeout) {
			this.takeoverTimeout = takeoverTimeout;
		}

		public boolean isKeepListenersOnStop() {
			return this.keepListenersOnStop;
		}

		public void setKeepListenersOnStop(boolean keepListenersOnStop) {
			this.keepListenersOnStop = keepListenersOnStop;
		}

		public Duration getStopDelay() {
			return this.stopDelay;
		}

		public void setStopDelay(Duration stopDelay) {
			this.stopDelay = stopDelay;
		}

		public @Nullable Duration getIdleTimeout() {
			return this.idleTimeout;
		}

		public void setIdleTimeout(@Nullable Duration idleTimeout) {
			this.idleTimeout = idleTimeout;
		}

		public int getMaxIdleConnections() {
			return this.maxIdleConnections;
		}

		public void setMaxIdleConnections(int maxIdleConnections) {
			this.maxIdleConnections = maxIdleConnections;
		}

		public DataSize getConsoleBuffer() {
			return this.consoleBuffer;
		}

		public void setConsoleBuffer(DataSize consoleBuffer) {
			this.consoleBuffer = consoleBuffer;
		}

		public Recovery getRecovery() {
			return this.recovery;
		}

		public ReplayProperties getReplay() {
			return this.replay;
		}

		public Fleet getFleet() {
			return this.fleet;
		}

		public ScrapeProperties getScrape() {
			return this.scrape;
		}

		public PageProperties getPage() {
			return this.page;
		}

	}

	/**
	 * What becomes of the connections of a worker that dies.
	 */
	public static class Recovery {

		/**
		 * How many connections in service the daemon holds, too, so that they go on when
		 * their worker dies. More are served without that. With 0, none is held. By
		 * default, a quarter of the limit of open files above 512, at most 16384.
		 */
		private @Nullable Integer maxConnections;

		public @Nullable Integer getMaxConnections() {
			return this.maxConnections;
		}

		public void setMaxConnections(@Nullable Integer maxConnections) {
			this.maxConnections = maxConnections;
		}

	}

	/**
	 * Properties of the workers that the daemon starts itself.
	 */
	public static class Fleet {

		/**
		 * How many workers the daemon starts and keeps running at least.
		 */
		private int min;

		/**
		 * How many workers the daemon starts at most. By default as many as at least, so
		 * that their number is fixed; with 0 it starts none.
		 */
		private @Nullable Integer max;

		/**
		 * How long requests may wait in a queue while all workers are busy before the
		 * daemon starts another one.
		 */
		private Duration scaleUpAfter = Duration.ofMillis(100);

		/**
		 * For how long fewer workers must have been enough before the daemon ends some.
		 */
		private Duration scaleDownAfter = Duration.ofMinutes(1);

		/**
		 * How long a worker may take to get ready before it is killed.
		 */
		private Duration startTimeout = Duration.ofMinutes(2);

		/**
		 * How long a worker may take to finish what it has in hand before it is killed.
		 */
		private Duration drainTimeout = Duration.ofSeconds(30);

		/**
		 * How long to wait after an attempt to start workers that failed. Doubles with
		 * each in a row, up to the maximum.
		 */
		private Duration minBackoffDelay = Duration.ofMillis(100);

		/**
		 * Longest wait after an attempt to start workers that failed.
		 */
		private Duration maxBackoffDelay = Duration.ofSeconds(5);

		/**
		 * After how many attempts in a row to start workers that failed no more are
		 * started, until an operator wants it. By default, the daemon goes on trying.
		 */
		private @Nullable Integer maxStartFailures;

		/**
		 * How many workers start at the same time at most, besides the batch of a
		 * refresh. By default, half the number of processors, and one at least.
		 */
		private @Nullable Integer maxStarting;

		/**
		 * Age at which a worker is replaced by a new one, or up to a tenth earlier. By
		 * default, none is for its age.
		 */
		private @Nullable Duration maxAge;

		/**
		 * How many requests a worker answers before it is replaced by a new one, or up to
		 * a tenth fewer: HTTP requests if it measures them, otherwise works. By default,
		 * as many as come.
		 */
		private @Nullable Long maxRequests;

		/**
		 * How much memory of a worker may be resident before it is replaced by a new one.
		 * By default, as much as it takes.
		 */
		private @Nullable DataSize maxMemory;

		/**
		 * How much of the heap of a worker may be in use after a collection before it is
		 * replaced by a new one. By default, as much as it has.
		 */
		private @Nullable DataSize maxHeap;

		/**
		 * How long a worker may be unresponsive before it is killed and replaced by a new
		 * one. By default, as long as it likes.
		 */
		private @Nullable Duration hangTimeout;

		/**
		 * How long a worker may serve a work without a break, an HTTP request for
		 * instance, before it is replaced by a new one. By default, as long as it likes.
		 */
		private @Nullable Duration maxServiceTime;

		@NestedConfigurationProperty
		private final RefreshProperties refresh = new RefreshProperties();

		/**
		 * JDK of the workers. By default, that of the daemon.
		 */
		private @Nullable Path javaHome;

		/**
		 * Jar that workers run, possibly a symbolic link. By default, what the daemon
		 * runs.
		 */
		private @Nullable Path jar;

		/**
		 * Directories from which the jar of a refresh may come, or from below them. By
		 * default, only from the directory of the jar that workers run, not from below.
		 */
		private @Nullable List<Path> jarDirectories;

		/**
		 * Arguments of the JVM of workers. By default, those of the daemon.
		 */
		private @Nullable List<String> jvmArguments;

		/**
		 * Arguments of the application in workers, besides the role and the directory. By
		 * default, those of the daemon without "fdwork.daemon" and its management port.
		 */
		private @Nullable List<String> arguments;

		/**
		 * Environment variables of workers besides those of the daemon.
		 */
		private final Map<String, String> environment = new LinkedHashMap<>();

		/**
		 * Working directory of workers. By default, that of the daemon.
		 */
		private @Nullable Path workingDirectory;

		/**
		 * Whether the output of workers goes to the log of the daemon, untouched to its
		 * standard output, or to a file each in the directory "output" below that of the
		 * daemon.
		 */
		private WorkerOutput output = WorkerOutput.LOG;

		/**
		 * Whether to build an archive of loaded classes in the background, with which
		 * workers start faster.
		 */
		private boolean cdsArchive = true;

		/**
		 * Arguments of the application in the run that builds an archive, besides those
		 * of workers, or in the place of those with the same names: what keeps it from a
		 * database, for instance.
		 */
		private List<String> trainingArguments = new ArrayList<>();

		boolean startsWorkers() {
			return this.min > 0 || (this.max != null && this.max > 0);
		}

		public int getMin() {
			return this.min;
		}

		public void setMin(int min) {
			this.min = min;
		}

		public @Nullable Integer getMax() {
			return this.max;
		}

		public void setMax(@Nullable Integer max) {
			this.max = max;
		}

		public Duration getScaleUpAfter() {
			return this.scaleUpAfter;
		}

		public void setScaleUpAfter(Duration scaleUpAfter) {
			this.scaleUpAfter = scaleUpAfter;
		}

		public Duration getScaleDownAfter() {
			return this.scaleDownAfter;
		}

		public void setScaleDownAfter(Duration scaleDownAfter) {
			this.scaleDownAfter = scaleDownAfter;
		}

		public Duration getStartTimeout() {
			return this.startTimeout;
		}

		public void setStartTimeout(Duration startTimeout) {
			this.startTimeout = startTimeout;
		}

		public Duration getDrainTimeout() {
			return this.drainTimeout;
		}

		public void setDrainTimeout(Duration drainTimeout) {
			this.drainTimeout = drainTimeout;
		}

		public Duration getMinBackoffDelay() {
			return this.minBackoffDelay;
		}

		public void setMinBackoffDelay(Duration minBackoffDelay) {
			this.minBackoffDelay = minBackoffDelay;
		}

		public Duration getMaxBackoffDelay() {
			return this.maxBackoffDelay;
		}

		public void setMaxBackoffDelay(Duration maxBackoffDelay) {
			this.maxBackoffDelay = maxBackoffDelay;
		}

		public @Nullable Integer getMaxStartFailures() {
			return this.maxStartFailures;
		}

		public void setMaxStartFailures(@Nullable Integer maxStartFailures) {
			this.maxStartFailures = maxStartFailures;
		}

		public @Nullable Integer getMaxStarting() {
			return this.maxStarting;
		}

		public void setMaxStarting(@Nullable Integer maxStarting) {
			this.maxStarting = maxStarting;
		}

		public RefreshProperties getRefresh() {
			return this.refresh;
		}

		public @Nullable Duration getMaxAge() {
			return this.maxAge;
		}

		public void setMaxAge(@Nullable Duration maxAge) {
			this.maxAge = maxAge;
		}

		public @Nullable Long getMaxRequests() {
			return this.maxRequests;
		}

		public void setMaxRequests(@Nullable Long maxRequests) {
			this.maxRequests = maxRequests;
		}

		public @Nullable DataSize getMaxMemory() {
			return this.maxMemory;
		}

		public void setMaxMemory(@Nullable DataSize maxMemory) {
			this.maxMemory = maxMemory;
		}

		public @Nullable DataSize getMaxHeap() {
			return this.maxHeap;
		}

		public void setMaxHeap(@Nullable DataSize maxHeap) {
			this.maxHeap = maxHeap;
		}

		public @Nullable Duration getHangTimeout() {
			return this.hangTimeout;
		}

		public void setHangTimeout(@Nullable Duration hangTimeout) {
			this.hangTimeout = hangTimeout;
		}

		public @Nullable Duration getMaxServiceTime() {
			return this.maxServiceTime;
		}

		public void setMaxServiceTime(@Nullable Duration maxServiceTime) {
			this.maxServiceTime = maxServiceTime;
		}

		public @Nullable Path getJavaHome() {
			return this.javaHome;
		}

		public void setJavaHome(@Nullable Path javaHome) {
			this.javaHome = javaHome;
		}

		public @Nullable Path getJar() {
			return this.jar;
		}

		public void setJar(@Nullable Path jar) {
			this.jar = jar;
		}

		public @Nullable List<Path> getJarDirectories() {
			return this.jarDirectories;
		}

		public void setJarDirectories(@Nullable List<Path> jarDirectories) {
			this.jarDirectories = jarDirectories;
		}

		public @Nullable List<String> getJvmArguments() {
			return this.jvmArguments;
		}

		public void setJvmArguments(@Nullable List<String> jvmArguments) {
			this.jvmArguments = jvmArguments;
		}

		public @Nullable List<String> getArguments() {
			return this.arguments;
		}

		public void setArguments(@Nullable List<String> arguments) {
			this.arguments = arguments;
		}

		public Map<String, String> getEnvironment() {
			return this.environment;
		}

		public @Nullable Path getWorkingDirectory() {
			return this.workingDirectory;
		}

		public void setWorkingDirectory(@Nullable Path workingDirectory) {
			this.workingDirectory = workingDirectory;
		}

		public WorkerOutput getOutput() {
			return this.output;
		}

		public void setOutput(WorkerOutput output) {
			this.output = output;
		}

		public boolean isCdsArchive() {
			return this.cdsArchive;
		}

		public void setCdsArchive(boolean cdsArchive) {
			this.cdsArchive = cdsArchive;
		}

		public List<String> getTrainingArguments() {
			return this.trainingArguments;
		}

		public void setTrainingArguments(List<String> trainingArguments) {
			this.trainingArguments = trainingArguments;
		}

	}

	/**
	 * A port to listen on.
	 */
	public static class Listener {

		/**
		 * Address to listen on. By default, every address of the machine, IPv6 and IPv4;
		 * "0.0.0.0" for every IPv4 address.
		 */
		private @Nullable InetAddress address;

		/**
		 * Port to listen on. Zero chooses a free one.
		 */
		private int port = 8080;

		/**
		 * How many connections may wait in the kernel before they are accepted. Capped by
		 * the sysctl net.core.somaxconn.
		 */
		private int backlog = 1024;

		/**
		 * Queue that accepted connections are put on.
		 */
		private String queue = WorkRequest.DEFAULT_QUEUE;

		/**
		 * Whether connections are put only when their clients have sent something.
		 */
		private boolean acceptOnData;

		/**
		 * How long clients may take to send something, with accept-on-data, and balancers
		 * to send a header, with proxy-protocol.
		 */
		private Duration dataTimeout = Duration.ofSeconds(10);

		/**
		 * Who accepts connections: the daemon, which puts them on the queue, or the
		 * workers that serve the queue, themselves.
		 */
		private DaemonOptions.AcceptedBy acceptedBy = DaemonOptions.AcceptedBy.DAEMON;

		/**
		 * Whether workers accept connections while the daemon is dead or hangs. By
		 * default, they do unless the application has a flow or an interceptor between
		 * the listener and the queue, which they would pass by.
		 */
		private @Nullable Boolean standIn;

		/**
		 * Version of the PROXY protocol in which balancers say whose connections these
		 * are. By default, nobody says so, and clients connect themselves.
		 */
		private ProxyProtocol.@Nullable Version proxyProtocol;

		/**
		 * Networks of these balancers, as addresses or with the length of their prefixes,
		 * such as 10.0.0.0/8. Whoever connects from elsewhere is refused.
		 */
		private List<String> proxyProtocolFrom = new ArrayList<>();

		public @Nullable InetAddress getAddress() {
			return this.address;
		}

		public void setAddress(@Nullable InetAddress address) {
			this.address = address;
		}

		public int getPort() {
			return this.port;
		}

		public void setPort(int port) {
			this.port = port;
		}

		public int getBacklog() {
			return this.backlog;
		}

		public void setBacklog(int backlog) {
			this.backlog = backlog;
		}

		public boolean isAcceptOnData() {
			return this.acceptOnData;
		}

		public void setAcceptOnData(boolean acceptOnData) {
			this.acceptOnData = acceptOnData;
		}

		public Duration getDataTimeout() {
			return this.dataTimeout;
		}

		public void setDataTimeout(Duration dataTimeout) {
			this.dataTimeout = dataTimeout;
		}

		public DaemonOptions.AcceptedBy getAcceptedBy() {
			return this.acceptedBy;
		}

		public void setAcceptedBy(DaemonOptions.AcceptedBy acceptedBy) {
			this.acceptedBy = acceptedBy;
		}

		public @Nullable Boolean getStandIn() {
			return this.standIn;
		}

		public void setStandIn(@Nullable Boolean standIn) {
			this.standIn = standIn;
		}

		public ProxyProtocol.@Nullable Version getProxyProtocol() {
			return this.proxyProtocol;
		}

		public void setProxyProtocol(ProxyProtocol.@Nullable Version proxyProtocol) {
			this.proxyProtocol = proxyProtocol;
		}

		public List<String> getProxyProtocolFrom() {
			return this.proxyProtocolFrom;
		}

		public void setProxyProtocolFrom(List<String> proxyProtocolFrom) {
			this.proxyProtocolFrom = proxyProtocolFrom;
		}

		public String getQueue() {
			return this.queue;
		}

		public void setQueue(String queue) {
			this.queue = queue;
		}

	}

	/**
	 * A queue.
	 */
	public static class Queue {

		/**
		 * How many requests of standard size the queue takes. The sysctl
		 * net.core.wmem_max caps it.
		 */
		private int capacity = 512;

		public int getCapacity() {
			return this.capacity;
		}

		public void setCapacity(int capacity) {
			this.capacity = capacity;
		}

	}

	/**
	 * Properties of a worker.
	 */
	public static class Worker {

		/**
		 * What the worker calls itself. By default, "worker-" and its pid.
		 */
		private @Nullable String name;

		/**
		 * Queues to serve.
		 */
		private List<String> queues = new ArrayList<>(List.of(WorkRequest.DEFAULT_QUEUE));

		/**
		 * How many works of each queue can be served at once; one whose client is idle
		 * does not count. By default, as many as the web server has threads for requests,
		 * 64 for a handler on platform threads and for an integration flow, 1024 for a
		 * handler or a web server on virtual threads, and 10000 for a Netty pipeline and
		 * for Reactor Netty.
		 */
		private @Nullable Integer concurrency;

		/**
		 * Number of event loops of a Netty pipeline. By default, half the processors, as
		 * several workers share them.
		 */
		private @Nullable Integer eventLoops;

		/**
		 * How long a connection of plain HTTP/1.1, or of a Netty pipeline that can give
		 * it back, is idle before it goes back to the daemon; at once when the worker has
		 * no permit left and others wait. With 0 it goes back only when the worker
		 * drains.
		 */
		private Duration returnIdleAfter = Duration.ofSeconds(5);

		/**
		 * After how many answers a new worker serves as many works of each queue at once
		 * as it can: one at first, and one more with each answer, while other workers
		 * serve what waits. Zero for as many as it can from the first on.
		 */
		private int slowStart = 100;

		/**
		 * Name of the channel that works are sent to. What reaches the channel
		 * "fdworkGetChannel" is served by the handler bean.
		 */
		private String integrationChannel = FdworkChannels.GET;

		/**
		 * First delay before connecting to a daemon again. It doubles up to the maximum.
		 */
		private Duration minReconnectDelay = Duration.ofMillis(100);

		/**
		 * Longest delay before connecting to a daemon again.
		 */
		private Duration maxReconnectDelay = Duration.ofMillis(250);

		/**
		 * How long the daemon may not say that it accepts, as it does four times a
		 * second, before the worker takes it for hung. 1s or more.
		 */
		private Duration daemonTimeout = Duration.ofSeconds(2);

		/**
		 * User whose daemon is trusted, by name or number. By default, the user of the
		 * worker, and root.
		 */
		private @Nullable String daemonUser;

		/**
		 * How many descriptors must be free before the worker gets anything.
		 */
		private int descriptorReserve = 128;

		/**
		 * Clients whose requests are not served, as they have gone while these waited in
		 * the queue: those who have reset or closed and left nothing to read, or also
		 * those who have sent a request and closed their side since.
		 */
		private DepartedClients departedClients = DepartedClients.RESET;

		@NestedConfigurationProperty
		private final WarmUpProperties warmUp = new WarmUpProperties();

		public @Nullable String getName() {
			return this.name;
		}

		public void setName(@Nullable String name) {
			this.name = name;
		}

		public List<String> getQueues() {
			return this.queues;
		}

		public void setQueues(List<String> queues) {
			this.queues = queues;
		}

		public @Nullable Integer getConcurrency() {
			return this.concurrency;
		}

		public void setConcurrency(@Nullable Integer concurrency) {
			this.concurrency = concurrency;
		}

		public @Nullable Integer getEventLoops() {
			return this.eventLoops;
		}

		public void setEventLoops(@Nullable Integer eventLoops) {
			this.eventLoops = eventLoops;
		}

		public Duration getReturnIdleAfter() {
			return this.returnIdleAfter;
		}

		public void setReturnIdleAfter(Duration returnIdleAfter) {
			this.returnIdleAfter = returnIdleAfter;
		}

		public int getSlowStart() {
			return this.slowStart;
		}

		public void setSlowStart(int slowStart) {
			this.slowStart = slowStart;
		}

		public String getIntegrationChannel() {
			return this.integrationChannel;
		}

		public void setIntegrationChannel(String integrationChannel) {
			this.integrationChannel = integrationChannel;
		}

		public Duration getMinReconnectDelay() {
			return this.minReconnectDelay;
		}

		public void setMinReconnectDelay(Duration minReconnectDelay) {
			this.minReconnectDelay = minReconnectDelay;
		}

		public Duration getMaxReconnectDelay() {
			return this.maxReconnectDelay;
		}

		public void setMaxReconnectDelay(Duration maxReconnectDelay) {
			this.maxReconnectDelay = maxReconnectDelay;
		}

		public Duration getDaemonTimeout() {
			return this.daemonTimeout;
		}

		public void setDaemonTimeout(Duration daemonTimeout) {
			this.daemonTimeout = daemonTimeout;
		}

		public @Nullable String getDaemonUser() {
			return this.daemonUser;
		}

		public void setDaemonUser(@Nullable String daemonUser) {
			this.daemonUser = daemonUser;
		}

		public int getDescriptorReserve() {
			return this.descriptorReserve;
		}

		public void setDescriptorReserve(int descriptorReserve) {
			this.descriptorReserve = descriptorReserve;
		}

		public DepartedClients getDepartedClients() {
			return this.departedClients;
		}

		public void setDepartedClients(DepartedClients departedClients) {
			this.departedClients = departedClients;
		}

		public WarmUpProperties getWarmUp() {
			return this.warmUp;
		}

	}

}
