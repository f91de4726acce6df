package io.fdwork.internal.serve.web;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.worker.Worker;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * One application, twice: plain and with TLS, by itself or as workers of the same
 * application in the daemon role.
 */
final class Served implements AutoCloseable {

	private final List<ConfigurableApplicationContext> contexts = new ArrayList<>();

	private final WebServerType server;

	private final boolean worker;

	private final Path directory;

	private final List<Class<?>> sources;

	private final ConfigurableApplicationContext plain;

	private final int plainPort;

	private final int tlsPort;

	Served(WebServerType server, boolean worker, Path directory, Path keyStore) {
		this.server = server;
		this.worker = worker;
		this.directory = directory;
		this.sources = List.of();
		try {
			List<Integer> ports = (worker) ? startDaemon() : List.of(0, 0);
			this.plain = startServing("default", ports.get(0), "--server.http2.enabled=true");
			List<String> tlsArguments = new ArrayList<>(List.of(KeyStores.arguments(keyStore)));
			tlsArguments.add("--server.http2.enabled=true");
			ConfigurableApplicationContext tls = startServing("tls", ports.get(1), tlsArguments.toArray(String[]::new));
			this.plainPort = localPort(this.plain);
			this.tlsPort = localPort(tls);
		}
		catch (RuntimeException ex) {
			close();
			throw ex;
		}
	}

	/**
	 * Serve the application without TLS.
	 * @param server serves it
	 * @param worker whether it is a worker
	 * @param directory the directory of its daemon
	 * @param sources what to add to it, in the daemon role too
	 * @param arguments its arguments
	 */
	Served(WebServerType server, boolean worker, Path directory, List<Class<?>> sources, String... arguments) {
		this.server = server;
		this.worker = worker;
		this.directory = directory;
		this.sources = sources;
		this.tlsPort = -1;
		try {
			int port = (worker) ? startDaemon().get(0) : 0;
			this.plain = startServing("default", port, arguments);
			this.plainPort = localPort(this.plain);
		}
		catch (RuntimeException ex) {
			close();
			throw ex;
		}
	}

	private List<Integer> startDaemon() {
		ConfigurableApplicationContext daemon = start("--fdwork.role=daemon", "--fdwork.directory=" + this.directory,
				"--fdwork.daemon.queues.tls.capacity=64", "--fdwork.daemon.listeners[0].address=127.0.0.1",
				"--fdwork.daemon.listeners[0].port=0", "--fdwork.daemon.listeners[1].address=127.0.0.1",
				"--fdwork.daemon.listeners[1].port=0", "--fdwork.daemon.listeners[1].queue=tls",
				"--fdwork.daemon.listeners[2].address=127.0.0.1", "--fdwork.daemon.listeners[2].port=0",
				"--fdwork.daemon.listeners[2].proxy-protocol=any",
				"--fdwork.daemon.listeners[2].proxy-protocol-from=127.0.0.1",
				"--fdwork.daemon.listeners[3].address=127.0.0.1", "--fdwork.daemon.listeners[3].port=0",
				"--fdwork.daemon.listeners[3].queue=tls", "--fdwork.daemon.listeners[3].proxy-protocol=v1",
				"--fdwork.daemon.listeners[3].proxy-protocol-from=127.0.0.0/8", "--management.server.port=0",
				"--management.server.address=127.0.0.1");
		return daemon.getBean(Daemon.class).addresses().stream().map((address) -> address.getPort()).toList();
	}

	// The port is that of the daemon already: a web server that binds it does not start
	private ConfigurableApplicationContext startServing(String queue, int port, String... arguments) {
		List<String> all = new ArrayList<>(Arrays.asList(arguments));
		all.addAll(List.of("--fdwork.role=" + ((this.worker) ? "worker" : "none"),
				"--fdwork.directory=" + this.directory, "--fdwork.worker.queues=" + queue, "--server.port=" + port,
				"--server.address=127.0.0.1", "--server.compression.enabled=true", "--management.server.port=0",
				"--management.server.address=127.0.0.1"));
		return start(all.toArray(String[]::new));
	}

	private ConfigurableApplicationContext start(String... arguments) {
		SpringApplicationBuilder application = new SpringApplicationBuilder(this.server.application())
			.sources(this.sources.toArray(Class[]::new))
			.web(this.server.isReactive() ? WebApplicationType.REACTIVE : WebApplicationType.SERVLET)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.registerShutdownHook(false)
			.properties("spring.autoconfigure.exclude=" + this.server.exclude(),
					"spring.reactor.netty.shutdown-quiet-period=0s", "spring.lifecycle.timeout-per-shutdown-phase=20s");
		ConfigurableApplicationContext context = application.run(arguments);
		this.contexts.add(context);
		return context;
	}

	/**
	 * Start one more worker without TLS.
	 */
	void startOther(String... arguments) {
		startServing("default", this.plainPort, arguments);
	}

	private static int localPort(ConfigurableApplicationContext context) {
		return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
	}

	ConfigurableApplicationContext plain() {
		return this.plain;
	}

	int plainPort() {
		return this.plainPort;
	}

	int tlsPort() {
		return this.tlsPort;
	}

	/**
	 * Return the application in the daemon role.
	 */
	ConfigurableApplicationContext daemon() {
		return this.contexts.get(0);
	}

	/**
	 * Return the port of the daemon on which a balancer says whose a connection is.
	 */
	int proxiedPort(boolean tls) {
		return daemon().getBean(Daemon.class).addresses().get((tls) ? 3 : 2).getPort();
	}

	/**
	 * Return how many connections of the application without TLS the daemon holds.
	 */
	long idleAtHome() {
		return daemon().getBean(Daemon.class)
			.snapshot()
			.idle()
			.stream()
			.filter((idle) -> idle.queue().equals("default"))
			.mapToLong(DaemonSnapshot.IdleSnapshot::held)
			.sum();
	}

	int inHand() {
		return this.plain.getBean(Worker.class).snapshot().figures().load().active();
	}

	@Override
	public void close() {
		for (int i = this.contexts.size() - 1; i >= 0; i--) {
			this.contexts.get(i).close();
		}
	}

}
