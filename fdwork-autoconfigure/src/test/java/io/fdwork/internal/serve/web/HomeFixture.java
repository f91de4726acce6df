package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.fdwork.NoWorkerObserver;
import io.fdwork.QueuedRequests;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.integration.event.WorkerDrainingEvent;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.worker.Worker;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A daemon that holds idle connections, workers of one web server that give them back,
 * and clients.
 */
final class HomeFixture implements AutoCloseable {

	private final WebServerType server;

	private final Path path;

	private final Gate gate = new Gate();

	private final Class<?>[] sources;

	private final List<ConfigurableApplicationContext> contexts = new ArrayList<>();

	private final List<HttpConnection> clients = new ArrayList<>();

	private final DaemonDirectory directory;

	private final KernelQueues queues;

	private final Daemon daemon;

	/**
	 * Start a daemon.
	 * @param path its directory
	 * @param sources what to add to the application of the server
	 */
	HomeFixture(WebServerType server, Path path, Class<?>... sources) throws IOException {
		this.server = server;
		this.path = path;
		this.sources = sources;
		DaemonOptions options = new DaemonOptions();
		options.setReportInterval(Duration.ofMillis(50));
		options.setKeepListenersOnStop(true);
		options.getListeners()
			.add(new DaemonOptions.ListenerOptions(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128,
					"default"));
		this.directory = DaemonDirectory.open(path);
		this.queues = KernelQueues.create(Map.of("default", 256));
		this.daemon = new Daemon(this.directory, this.queues, options, new QueuedRequests(this.queues),
				new NoWorkerObserver());
		this.daemon.start();
	}

	/**
	 * Start a worker, and wait until it is ready.
	 * @param idleReturn how long a connection is idle before it goes home
	 */
	ConfigurableApplicationContext startWorker(String idleReturn, String... arguments) {
		List<String> all = new ArrayList<>(Arrays.asList(arguments));
		all.addAll(List.of("--fdwork.role=worker", "--fdwork.worker.return-idle-after=" + idleReturn));
		long ready = this.daemon.snapshot().readyWorkers();
		ConfigurableApplicationContext worker = start(all.toArray(String[]::new));
		await().until(() -> this.daemon.snapshot().readyWorkers() == ready + 1);
		return worker;
	}

	/**
	 * Start the application by itself.
	 * @return its port
	 */
	int startAlone(String... arguments) {
		List<String> all = new ArrayList<>(Arrays.asList(arguments));
		all.addAll(List.of("--fdwork.role=none", "--server.port=0", "--server.address=127.0.0.1"));
		return start(all.toArray(String[]::new)).getEnvironment()
			.getRequiredProperty("local.server.port", Integer.class);
	}

	private ConfigurableApplicationContext start(String... arguments) {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(this.server.application())
			.sources(this.sources)
			.sources((this.server.isReactive()) ? new Class<?>[] { OwnEventLoops.class } : new Class<?>[0])
			.web((this.server.isReactive()) ? WebApplicationType.REACTIVE : WebApplicationType.SERVLET)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.registerShutdownHook(false)
			.properties("spring.autoconfigure.exclude=" + this.server.exclude(),
					"spring.lifecycle.timeout-per-shutdown-phase=20s", "management.server.port=-1",
					"fdwork.directory=" + this.path)
			.initializers(this::register)
			.run(arguments);
		this.contexts.add(context);
		return context;
	}

	private void register(ConfigurableApplicationContext context) {
		((GenericApplicationContext) context).registerBean(Gate.class, () -> this.gate);
	}

	/**
	 * Return the controller that all applications have.
	 */
	Gate gate() {
		return this.gate;
	}

	List<HttpConnection> connect(int count) throws IOException {
		List<HttpConnection> connected = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			connected.add(connect());
		}
		return connected;
	}

	HttpConnection connect() throws IOException {
		HttpConnection client = new HttpConnection(port());
		this.clients.add(client);
		return client;
	}

	int port() {
		return this.daemon.addresses().get(0).getPort();
	}

	DaemonSnapshot.IdleSnapshot idle() {
		return this.daemon.snapshot().idle().get(0);
	}

	static int active(ConfigurableApplicationContext worker) {
		return worker.getBean(Worker.class).snapshot().figures().load().active();
	}

	/**
	 * Check that the one connection stays in a worker for a while.
	 */
	void assertStays(ConfigurableApplicationContext worker) {
		long before = idle().returned();
		await().during(Duration.ofMillis(300)).until(() -> active(worker) == 1 && idle().returned() == before);
	}

	/**
	 * Stop a worker, and wait until its server has been told that it drains: what it
	 * answers before that says nothing of it.
	 * @return when it has stopped
	 */
	static CompletableFuture<Void> stop(ConfigurableApplicationContext worker) throws InterruptedException {
		CountDownLatch draining = new CountDownLatch(1);
		// Told after those who were there before
		worker.addApplicationListener((event) -> {
			if (event instanceof WorkerDrainingEvent) {
				draining.countDown();
			}
		});
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::close);
		assertThat(draining.await(20, TimeUnit.SECONDS)).isTrue();
		return stopped;
	}

	static void assertAnswers(HttpConnection client) throws IOException {
		assertThat(client.get("/text?size=3").read().text()).isEqualTo("xxx");
	}

	static ConditionFactory await() {
		return Awaitility.await().atMost(20, TimeUnit.SECONDS).pollInterval(10, TimeUnit.MILLISECONDS);
	}

	void stopDaemon() {
		this.daemon.stop(Duration.ofSeconds(5));
		this.queues.close();
		this.directory.close();
	}

	@Override
	public void close() throws IOException {
		this.gate.open();
		for (HttpConnection client : this.clients) {
			client.close();
		}
		this.contexts.forEach(ConfigurableApplicationContext::close);
		stopDaemon();
	}

	/**
	 * Answers when the test wants it.
	 */
	@RestController
	static final class Gate {

		private final AtomicInteger requests = new AtomicInteger();

		private final CompletableFuture<String> answer = new CompletableFuture<>();

		// Not for WebFlux, whose event loop it would block
		@GetMapping("/gate")
		String gate() throws Exception {
			this.requests.incrementAndGet();
			return this.answer.get();
		}

		@GetMapping("/later-gate")
		CompletableFuture<String> laterGate() {
			this.requests.incrementAndGet();
			return this.answer.copy();
		}

		int requests() {
			return this.requests.get();
		}

		void open() {
			this.answer.complete("gate");
		}

	}

	/**
	 * Several applications are in this JVM, and one that ends would take the event loops
	 * of all with it.
	 */
	@Configuration(proxyBeanMethods = false)
	static class OwnEventLoops {

		@Bean
		ReactorResourceFactory resources() {
			ReactorResourceFactory factory = new ReactorResourceFactory();
			factory.setUseGlobalResources(false);
			factory.setShutdownQuietPeriod(Duration.ZERO);
			return factory;
		}

	}

}
