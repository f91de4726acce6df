package io.fdwork.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.fdwork.Connections;
import io.fdwork.WorkHandler;
import io.fdwork.WorkQueue;
import io.fdwork.daemon.DaemonCustomizer;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.integration.inbound.RequestMessageProducer;
import io.fdwork.integration.inbound.WorkMessageProducer;
import io.fdwork.integration.outbound.PutMessageHandler;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.DaemonState;
import io.fdwork.internal.fleet.WorkerCommand;
import io.fdwork.internal.health.ReadinessPublisher;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.serve.NettyServer;
import io.fdwork.internal.worker.Worker;
import io.fdwork.worker.Leadership;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerCustomizer;
import io.fdwork.worker.WorkerOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.dsl.IntegrationFlow;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FdworkAutoConfiguration}: the beans of each role.
 */
class FdworkAutoConfigurationTests {

	@TempDir
	private Path temp;

	@Test
	void shouldDefineNothingButPropertiesWhenRoleIsAbsent() {
		RoleContexts.none().run(FdworkAutoConfigurationTests::assertSilent);
	}

	@ParameterizedTest
	@ValueSource(strings = { "none", "NONE" })
	void shouldDefineNothingButPropertiesWhenRoleIsNone(String role) {
		RoleContexts.none()
			.withPropertyValues("fdwork.role=" + role, "fdwork.daemon.listeners[0].port=70000")
			.withUserConfiguration(HandlerConfiguration.class)
			.run(FdworkAutoConfigurationTests::assertSilent);
	}

	private static void assertSilent(AssertableApplicationContext context) {
		assertThat(context).hasNotFailed().hasSingleBean(FdworkProperties.class);
		List<Class<?>> ours = Arrays.stream(context.getBeanDefinitionNames())
			.<Class<?>>map(context::getType)
			.filter((type) -> type != null && type.getName().startsWith("io.fdwork."))
			.filter((type) -> !type.getName().startsWith(FdworkAutoConfigurationTests.class.getName()))
			.filter((type) -> !type.getName().contains("AutoConfiguration"))
			.toList();
		assertThat(ours).as("a process that is alone leads")
			.allMatch((type) -> type == FdworkProperties.class || type == RoleLifecycle.class
					|| type == LeaderOnlyPostProcessor.class || type == Leadership.class
					|| type.getName().startsWith(LeadershipConfiguration.class.getName()));
		assertThat(context).doesNotHaveBean(FdworkChannels.PUT).doesNotHaveBean(FdworkChannels.GET);
	}

	@Test
	void shouldAcceptBeforeWebServersStart() {
		RoleContexts.daemon(directory()).withBean(InPlaceOfWebServer.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(InPlaceOfWebServer.class).states).containsExactly(DaemonState.RUNNING);
		});
	}

	@Test
	void shouldStopDaemonBeforeWebServers() {
		List<DaemonState> states = new ArrayList<>();
		RoleContexts.daemon(directory()).withBean(InPlaceOfWebServer.class).run((context) -> {
			InPlaceOfWebServer server = context.getBean(InPlaceOfWebServer.class);
			context.getSourceApplicationContext().close();
			states.addAll(server.states);
		});
		assertThat(states).containsExactly(DaemonState.RUNNING, DaemonState.STOPPED);
	}

	@Test
	void shouldDefineDaemonWhenRoleIsDaemon() {
		RoleContexts.daemon(directory()).run((context) -> {
			assertThat(context).hasNotFailed()
				.hasSingleBean(DaemonOptions.class)
				.hasSingleBean(DaemonDirectory.class)
				.hasSingleBean(KernelQueues.class)
				.hasSingleBean(WorkQueue.class)
				.hasSingleBean(PutMessageHandler.class)
				.hasSingleBean(RequestMessageProducer.class)
				.hasSingleBean(Daemon.class)
				.hasSingleBean(ReadinessPublisher.class)
				.hasBean(FdworkChannels.PUT)
				.hasBean("fdworkPutEndpoint")
				.doesNotHaveBean(Worker.class)
				.doesNotHaveBean(WorkerOptions.class)
				.doesNotHaveBean(WorkMessageProducer.class)
				.doesNotHaveBean(FdworkChannels.GET);
			Daemon daemon = context.getBean(Daemon.class);
			assertThat(daemon.snapshot().state()).isEqualTo(DaemonState.RUNNING);
			assertThat(daemon.addresses()).singleElement()
				.satisfies((address) -> assertThat(address.getPort()).isPositive());
			assertThat(context.getBean(KernelQueues.class).names()).containsExactly("default");
		});
	}

	@Test
	void shouldStopDaemonWhenContextCloses() {
		RoleContexts.daemon(directory()).run((context) -> {
			Daemon daemon = context.getBean(Daemon.class);
			context.getSourceApplicationContext().close();
			assertThat(daemon.snapshot().state()).isEqualTo(DaemonState.STOPPED);
			assertThat(directory().resolve("control.sock")).doesNotExist();
			// Another daemon can have the directory now
			DaemonDirectory.open(directory()).close();
		});
	}

	@Test
	void shouldListenOnEveryAddressOfBothKindsWhenNoneIsConfigured() throws IOException {
		try (ConfigurableApplicationContext context = RoleContexts.start(RoleContexts.Application.class,
				"fdwork.role=daemon", "fdwork.directory=" + directory(), "server.port=0")) {
			int port = context.getBean(Daemon.class).addresses().get(0).getPort();
			for (String address : List.of("127.0.0.1", "::1")) {
				try (Socket client = Connections.connectTo(new InetSocketAddress(address, port))) {
					assertThat(client.isConnected()).isTrue();
				}
			}
		}
	}

	@Test
	void shouldListenOnServerAddressAndPortWhenNoListenerIsConfigured() {
		try (ConfigurableApplicationContext context = RoleContexts.start(RoleContexts.Application.class,
				"fdwork.role=daemon", "fdwork.directory=" + directory(), "server.address=127.0.0.1", "server.port=0")) {
			assertThat(context.getBean(DaemonOptions.class).getListeners()).singleElement().satisfies((listener) -> {
				assertThat(listener.address().getAddress()).isEqualTo(InetAddress.getByName("127.0.0.1"));
				assertThat(listener.address().getPort()).isZero();
				assertThat(listener.queue()).isEqualTo("default");
			});
		}
	}

	@Test
	void shouldHaveListenersAndQueuesWhenConfigured() {
		RoleContexts.daemon(directory())
			.withPropertyValues("fdwork.daemon.listeners[1].address=127.0.0.1", "fdwork.daemon.listeners[1].port=0",
					"fdwork.daemon.listeners[1].queue=slow", "fdwork.daemon.queues.slow.capacity=32")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(KernelQueues.class).names()).containsExactly("slow", "default");
				assertThat(context.getBean(Daemon.class).snapshot().listeners())
					.extracting(DaemonSnapshot.ListenerSnapshot::queue)
					.containsExactly("default", "slow");
				assertThat(context.getBean(KernelQueues.class).find("slow").capacity()).isEqualTo(32);
			});
	}

	@Test
	void shouldFixNumberOfWorkersWhenOnlyTheSmallestIsSet() {
		RoleContexts.daemon(directory())
			.withPropertyValues("fdwork.daemon.fleet.min=2", "fdwork.daemon.fleet.cds-archive=false",
					"fdwork.daemon.fleet.java-home=" + directory().resolve("none"))
			.run((context) -> {
				FleetOptions options = context.getBean(FleetOptions.class);
				assertThat(options.min()).isEqualTo(2);
				assertThat(options.max()).isEqualTo(2);
			});
	}

	@ParameterizedTest
	@CsvSource({ "management.server.port=-1, false", "logging.structured.format.console=ecs, true",
			"logging.structured.format.file=ecs, false" })
	void shouldKnowWhetherDaemonLogsJsonToItsStandardOutput(String property, boolean json) {
		RoleContexts.daemon(directory())
			.withPropertyValues("fdwork.daemon.fleet.min=1", "fdwork.daemon.fleet.cds-archive=false",
					"fdwork.daemon.fleet.java-home=" + directory().resolve("none"), property)
			.run((context) -> assertThat(context.getBean(WorkerCommand.class).jsonConsole()).isEqualTo(json));
	}

	@Test
	void shouldCallDaemonCustomizersInOrder() {
		RoleContexts.daemon(directory()).withUserConfiguration(DaemonCustomizers.class).run((context) -> {
			assertThat(context).hasNotFailed();
			// The first sets it to 1, the second doubles it and adds 1
			assertThat(context.getBean(DaemonOptions.class).getMaxWorkers()).isEqualTo(3);
			assertThat(context.getBean(KernelQueues.class).names()).containsExactly("default", "custom");
		});
	}

	@Test
	void shouldServeWithWorkHandlerWhenThereIsOne() {
		worker().withUserConfiguration(HandlerConfiguration.class).run((context) -> {
			assertThat(context).hasNotFailed()
				.hasSingleBean(WorkerOptions.class)
				.hasSingleBean(WorkMessageProducer.class)
				.hasSingleBean(Worker.class)
				.hasSingleBean(ReadinessPublisher.class)
				.hasBean(FdworkChannels.GET)
				.hasBean("fdworkServeEndpoint")
				.doesNotHaveBean(NettyServer.class)
				.doesNotHaveBean(Daemon.class)
				.doesNotHaveBean(DaemonDirectory.class)
				.doesNotHaveBean(WorkQueue.class)
				.doesNotHaveBean(FdworkChannels.PUT);
			assertThat(context.getBean(ServingMode.class)).isEqualTo(ServingMode.PLATFORM_THREADS);
			assertThat(context.getBean(WorkerOptions.class).getConcurrency()).isEqualTo(64);
			assertThat(getChannel(context).getSubscriberCount()).isEqualTo(1);
		});
	}

	@Test
	void shouldServeWithPipelineWhenThereIsChannelInitializer() {
		worker().withUserConfiguration(PipelineConfiguration.class).run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(NettyServer.class).hasBean("fdworkServeEndpoint");
			assertThat(context.getBean(ServingMode.class)).isEqualTo(ServingMode.EVENT_LOOPS);
			assertThat(context.getBean(WorkerOptions.class).getConcurrency()).isEqualTo(10_000);
			assertThat(getChannel(context).getSubscriberCount()).isEqualTo(1);
		});
	}

	@Test
	void shouldServeWithFlowWhenOnlyThatIsSubscribed() {
		worker().withUserConfiguration(FlowConfiguration.class).run((context) -> {
			assertThat(context).hasNotFailed()
				.doesNotHaveBean(ServingMode.class)
				.doesNotHaveBean(NettyServer.class)
				.doesNotHaveBean("fdworkServeEndpoint");
			assertThat(context.getBean(WorkerOptions.class).getConcurrency()).isEqualTo(64);
			assertThat(getChannel(context).getSubscriberCount()).isEqualTo(1);
		});
	}

	@Test
	void shouldServeWithServiceActivatorWhenOnlyThatIsSubscribed() {
		worker().withUserConfiguration(ServiceActivatorConfiguration.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(getChannel(context).getSubscriberCount()).isEqualTo(1);
		});
	}

	@Test
	void shouldPreferWorkHandlerWhenThereIsChannelInitializerToo() {
		worker().withUserConfiguration(HandlerConfiguration.class, PipelineConfiguration.class).run((context) -> {
			assertThat(context).hasNotFailed().doesNotHaveBean(NettyServer.class);
			assertThat(context.getBean(ServingMode.class)).isEqualTo(ServingMode.PLATFORM_THREADS);
		});
	}

	@Test
	void shouldServeOnPlatformThreadsWhenVirtualThreadsAreNotEnabled() {
		worker().withPropertyValues("spring.threads.virtual.enabled=false")
			.withUserConfiguration(HandlerConfiguration.class)
			.run((context) -> assertThat(context.getBean(ServingMode.class)).isEqualTo(ServingMode.PLATFORM_THREADS));
	}

	@Test
	@EnabledForJreRange(max = JRE.JAVA_20)
	void shouldServeOnPlatformThreadsWhenJavaHasNoVirtualThreads() {
		worker().withPropertyValues("spring.threads.virtual.enabled=true")
			.withUserConfiguration(HandlerConfiguration.class)
			.run((context) -> assertThat(context.getBean(ServingMode.class)).isEqualTo(ServingMode.PLATFORM_THREADS));
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void shouldServeOnVirtualThreadsWhenEnabled() {
		worker().withPropertyValues("spring.threads.virtual.enabled=true")
			.withUserConfiguration(HandlerConfiguration.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(ServingMode.class)).isEqualTo(ServingMode.VIRTUAL_THREADS);
				assertThat(context.getBean(WorkerOptions.class).getConcurrency()).isEqualTo(1024);
			});
	}

	@Test
	void shouldUseConcurrencyOfPropertyWhenConfigured() {
		worker().withPropertyValues("fdwork.worker.concurrency=3")
			.withUserConfiguration(PipelineConfiguration.class)
			.run((context) -> assertThat(context.getBean(WorkerOptions.class).getConcurrency()).isEqualTo(3));
	}

	@Test
	void shouldCallWorkerCustomizersInOrder() {
		worker().withUserConfiguration(HandlerConfiguration.class, WorkerCustomizers.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(WorkerOptions.class).getName()).isEqualTo("first, second");
			assertThat(context.getBean(Worker.class).snapshot().name()).isEqualTo("first, second");
		});
	}

	@Test
	void shouldStartWorkerWhenThereIsNoDaemon() {
		worker().withUserConfiguration(HandlerConfiguration.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(Worker.class).snapshot().daemonPid()).isNull();
			assertThat(directory()).doesNotExist();
		});
	}

	@Test
	void shouldEndEventLoopsWhenContextCloses() {
		worker().withUserConfiguration(PipelineConfiguration.class).run((context) -> {
			context.getSourceApplicationContext().close();
			// An event loop counts as terminated a moment before its thread has ended
			Awaitility.await()
				.atMost(Duration.ofSeconds(10))
				.untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
					.noneMatch((name) -> name.startsWith("fdwork-netty")));
		});
	}

	private Path directory() {
		return this.temp.resolve("d");
	}

	private ApplicationContextRunner worker() {
		return RoleContexts.none().withPropertyValues("fdwork.role=worker", "fdwork.directory=" + directory());
	}

	private static DirectChannel getChannel(AssertableApplicationContext context) {
		return context.getBean(FdworkChannels.GET, DirectChannel.class);
	}

	@Configuration(proxyBeanMethods = false)
	static class HandlerConfiguration {

		@Bean
		WorkHandler handler() {
			return (work) -> {
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PipelineConfiguration {

		@Bean
		ChannelInitializer<Channel> pipeline() {
			return new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FlowConfiguration {

		@Bean
		IntegrationFlow flow() {
			return IntegrationFlow.from(FdworkChannels.GET).handle((message) -> {
			}).get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ServiceActivatorConfiguration {

		@ServiceActivator(inputChannel = FdworkChannels.GET)
		void serve(Object work) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DaemonCustomizers {

		@Bean
		@Order(2)
		DaemonCustomizer second() {
			return (options) -> {
				options.setMaxWorkers(2 * options.getMaxWorkers() + 1);
				options.getQueueCapacities().put("custom", 16);
			};
		}

		@Bean
		@Order(1)
		DaemonCustomizer first() {
			return (options) -> options.setMaxWorkers(1);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WorkerCustomizers {

		@Bean
		@Order(2)
		WorkerCustomizer second() {
			return (options) -> options.setName(options.getName() + ", second");
		}

		@Bean
		@Order(1)
		WorkerCustomizer first() {
			return (options) -> options.setName("first");
		}

	}

	/**
	 * Notes the state of the daemon when web servers start and stop.
	 */
	static class InPlaceOfWebServer implements SmartLifecycle {

		private final Daemon daemon;

		private final List<DaemonState> states = new ArrayList<>();

		private boolean running;

		InPlaceOfWebServer(Daemon daemon) {
			this.daemon = daemon;
		}

		@Override
		public void start() {
			this.states.add(this.daemon.snapshot().state());
			this.running = true;
		}

		@Override
		public void stop() {
			this.states.add(this.daemon.snapshot().state());
			this.running = false;
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE;
		}

	}

}
