package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Ports;
import org.jspecify.annotations.Nullable;

/**
 * Starts the peers that are JVMs with the sample and nothing else.
 */
final class JvmPeers {

	private JvmPeers() {
	}

	static void direct(Contender contender, Setup setup) throws IOException {
		List<String> arguments = directArguments(contender.port());
		if (setup.concurrency() > 0) {
			arguments.add("--sample.direct-concurrency=" + setup.workers() * setup.concurrency());
		}
		contender.launch("server", jar(setup, arguments));
		contender.awaitWorkers(1);
	}

	/**
	 * Start one JVM whose web server accepts by itself.
	 */
	static void web(Contender contender, Setup setup, WebServer server) throws IOException {
		contender.launch("server",
				SampleJvm.jar(SampleJvm.JAVA_HOME, server.jar(setup.build()),
						List.of("--fdwork.role=none", "--sample.serving=web", "--server.address=127.0.0.1",
								"--server.port=" + contender.port(), "--management.server.port=-1")));
		contender.awaitWorkers(1);
	}

	static void reusePort(Contender contender, Setup setup) throws IOException {
		for (int i = 0; i < setup.workers(); i++) {
			List<String> arguments = serverArguments(contender.port(), setup);
			arguments.add("--sample.direct-reuse-port=true");
			contender.launch("server", jar(setup, arguments));
		}
		contender.awaitWorkers(setup.workers());
	}

	/**
	 * Start JVMs that each serve a port of its own, and wait for them.
	 * @return the ports
	 */
	static List<Integer> servers(Contender contender, Setup setup) throws IOException {
		List<Integer> ports = new ArrayList<>();
		for (int i = 0; i < setup.workers(); i++) {
			int port = Ports.free();
			ports.add(port);
			contender.launch("server", jar(setup, serverArguments(port, setup)));
		}
		ports.forEach((port) -> contender.awaitWorkers(port, 1));
		return ports;
	}

	private static List<String> jar(Setup setup, List<String> arguments) {
		return SampleJvm.jar(SampleJvm.JAVA_HOME, WebServer.REACTOR_NETTY.jar(setup.build()), arguments);
	}

	// One of several: as many event loops as a worker of fdwork has
	private static List<String> serverArguments(int port, Setup setup) {
		List<String> arguments = directArguments(port);
		arguments.add("--sample.direct-event-loops=" + Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
		if (setup.concurrency() > 0) {
			arguments.add("--sample.direct-concurrency=" + setup.concurrency());
		}
		return arguments;
	}

	private static List<String> directArguments(int port) {
		return new ArrayList<>(List.of("--fdwork.role=none", "--sample.serving=netty", "--sample.direct-port=" + port,
				"--management.server.port=-1"));
	}

	static void fdworkNetty(Contender contender, Setup setup) throws IOException {
		fdwork(contender, setup, SampleJvm.JAVA_HOME, List.of("--sample.serving=netty"));
	}

	static void fdworkOnData(Contender contender, Setup setup) throws IOException {
		fdwork(contender, setup, SampleJvm.JAVA_HOME, List.of("--sample.serving=netty"),
				"--fdwork.daemon.listeners[0].accept-on-data=true");
	}

	static void fdworkShared(Contender contender, Setup setup) throws IOException {
		fdwork(contender, setup, SampleJvm.JAVA_HOME, List.of("--sample.serving=netty"),
				"--fdwork.daemon.listeners[0].accepted-by=workers");
	}

	static void fdworkBlocking(Contender contender, Setup setup) throws IOException {
		fdwork(contender, setup, SampleJvm.JAVA_HOME, List.of("--sample.serving=blocking"));
	}

	static void fdworkVirtual(Contender contender, Setup setup) throws IOException {
		fdwork(contender, setup, Objects.requireNonNull(SampleJvm.withVirtualThreads()),
				List.of("--sample.serving=blocking", "--spring.threads.virtual.enabled=true"));
	}

	static @Nullable String missingVirtualThreads() {
		return (SampleJvm.withVirtualThreads() != null) ? null : "no JDK with virtual threads beside the one that runs";
	}

	/**
	 * Start a daemon, and workers whose web server serves.
	 */
	static void fdworkWeb(Contender contender, Setup setup, WebServer server) throws IOException {
		fdwork(contender, setup, SampleJvm.JAVA_HOME, server, List.of("--sample.serving=web"));
	}

	private static void fdwork(Contender contender, Setup setup, Path javaHome, List<String> serving,
			String... accepting) throws IOException {
		fdwork(contender, setup, javaHome, WebServer.REACTOR_NETTY, serving, accepting);
	}

	private static void fdwork(Contender contender, Setup setup, Path javaHome, WebServer server, List<String> serving,
			String... accepting) throws IOException {
		Path jar = server.jar(setup.build());
		daemon(contender, setup, javaHome, jar, accepting);
		for (int i = 0; i < setup.workers(); i++) {
			contender.launch("worker", SampleJvm.jar(javaHome, jar, workerArguments(contender, setup, serving)));
		}
		awaitReady(contender, setup.workers());
		contender.awaitWorkers(1);
	}

	/**
	 * Start a daemon, and workers that are an application of the trials, and wait for
	 * them.
	 */
	static void fdwork(Contender contender, Setup setup, Class<?> application, List<String> arguments)
			throws IOException {
		daemon(contender, setup, SampleJvm.JAVA_HOME, WebServer.REACTOR_NETTY.jar(setup.build()));
		for (int i = 0; i < setup.workers(); i++) {
			contender.launch("worker",
					SampleJvm.application(application, workerArguments(contender, setup, arguments)));
		}
		awaitReady(contender, setup.workers());
	}

	private static void daemon(Contender contender, Setup setup, Path javaHome, Path jar, String... accepting)
			throws IOException {
		int managementPort = Ports.free();
		contender.manageWith(new Management(managementPort));
		List<String> arguments = new ArrayList<>(
				List.of("--fdwork.role=daemon", directory(contender), "--fdwork.daemon.listeners[0].address=127.0.0.1",
						"--fdwork.daemon.listeners[0].port=" + contender.port(),
						"--fdwork.daemon.queues.default.capacity=" + setup.depth(), "--fdwork.daemon.idle-timeout=30m",
						"--fdwork.daemon.max-idle-connections=20000", "--management.server.port=" + managementPort));
		arguments.addAll(List.of(accepting));
		contender.launch("daemon", SampleJvm.jar(javaHome, jar, arguments));
	}

	private static List<String> workerArguments(Contender contender, Setup setup, List<String> arguments) {
		List<String> all = new ArrayList<>(List.of("--fdwork.role=worker", directory(contender),
				"--fdwork.worker.return-idle-after=" + setup.idleReturn().toMillis() + "ms",
				"--management.server.port=-1"));
		if (setup.concurrency() > 0) {
			all.add("--fdwork.worker.concurrency=" + setup.concurrency());
		}
		all.addAll(arguments);
		return all;
	}

	private static String directory(Contender contender) {
		return "--fdwork.directory=" + contender.directory().resolve("run");
	}

	private static void awaitReady(Contender contender, int workers) {
		Await.until(() -> {
			contender.requireAlive();
			return contender.management().hasWorkers(workers, "READY");
		});
	}

}
