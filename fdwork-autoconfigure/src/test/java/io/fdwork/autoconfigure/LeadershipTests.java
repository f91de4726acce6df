package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import io.fdwork.WorkHandler;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.worker.LeaderOnly;
import io.fdwork.worker.Leadership;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.integration.annotation.EndpointId;
import org.springframework.integration.annotation.InboundChannelAdapter;
import org.springframework.integration.annotation.Poller;
import org.springframework.integration.endpoint.AbstractEndpoint;
import org.springframework.integration.leader.event.AbstractLeaderEvent;
import org.springframework.integration.leader.event.OnGrantedEvent;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link LeadershipConfiguration}: who leads in each role, and what follows
 * from that.
 */
@Timeout(60)
class LeadershipTests {

	@TempDir
	private Path temp;

	@Test
	void shouldLeadWhenAlone() {
		Jobs[] jobs = new Jobs[1];
		jobs().run((context) -> {
			assertThat(context).hasNotFailed();
			jobs[0] = context.getBean(Jobs.class);
			assertThat(context.getBean(Leadership.class).isLeader()).isTrue();
			assertThat(context.getBean(Leadership.class).runIfLeader(() -> {
			})).isTrue();
			assertThat(jobs[0].granted()).containsExactly(true);
			assertThat(context.getBean("endpoint", AbstractEndpoint.class).isRunning()).isTrue();
			await(() -> jobs[0].runs() > 0);
		});
		assertThat(jobs[0].granted()).containsExactly(true, false);
	}

	@Test
	void shouldLeadNothingInDaemon() {
		RoleContexts.daemon(jobs(), directory()).run((context) -> {
			assertThat(context).hasNotFailed();
			Jobs jobs = context.getBean(Jobs.class);
			assertThat(context.getBean(Leadership.class).isLeader()).isFalse();
			await(() -> jobs.calls() > 1);
			jobs.lead();
			assertThat(jobs.runs()).isZero();
			assertThat(jobs.granted()).isEmpty();
			assertThat(context.getBean("endpoint", AbstractEndpoint.class).isRunning()).isFalse();
		});
	}

	@Test
	void shouldLeadInOneOfTwoWorkersAndInTheOtherWhenItEnds() {
		RoleContexts.daemon(directory()).run((daemon) -> worker().run((first) -> {
			Leadership leadership = first.getBean(Leadership.class);
			await(leadership::isLeader);
			Jobs jobs = first.getBean(Jobs.class);
			await(() -> jobs.runs() > 0 && jobs.granted().equals(List.of(true)));
			worker().run((second) -> {
				assertThat(daemon).hasNotFailed();
				await(() -> daemon.getBean(Daemon.class).snapshot().readyWorkers() == 2);
				Jobs others = second.getBean(Jobs.class);
				await(() -> others.calls() > 5);
				assertThat(others.runs()).isZero();
				assertThat(others.granted()).isEmpty();
				await(() -> daemon.getBean(Daemon.class)
					.snapshot()
					.workers()
					.stream()
					.map(DaemonSnapshot.WorkerSnapshot::leader)
					.toList()
					.equals(List.of(true, false)));
				first.getSourceApplicationContext().close();
				assertThat(leadership.isLeader()).isFalse();
				await(() -> jobs.granted().equals(List.of(true, false)));
				await(() -> second.getBean(Leadership.class).isLeader() && others.runs() > 0);
			});
		}));
	}

	@Test
	void shouldLeadWithoutDaemonThatWasThere() {
		ApplicationContextRunner daemon = RoleContexts.daemon(directory());
		worker().run((worker) -> {
			Leadership leadership = worker.getBean(Leadership.class);
			daemon.run((context) -> await(leadership::isLeader));
			assertThat(leadership.isLeader()).as("kept without the daemon").isTrue();
		});
	}

	@Test
	void shouldBackOffForLeadershipOfUser() {
		Leadership own = new Leadership() {

			@Override
			public boolean isLeader() {
				return false;
			}

			@Override
			public boolean runIfLeader(Runnable task) {
				return false;
			}

		};
		jobs().withBean("own", Leadership.class, () -> own).run((context) -> {
			assertThat(context.getBean(Leadership.class)).isSameAs(own);
			Jobs jobs = context.getBean(Jobs.class);
			await(() -> jobs.calls() > 1);
			assertThat(jobs.runs()).isZero();
		});
	}

	@Test
	void shouldRefuseMethodThatReturnsSomething() {
		RoleContexts.bare()
			.withBean(Returning.class)
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.rootCause()
				.hasMessageContaining("@LeaderOnly must return nothing")
				.hasMessageContaining("Returning.count()"));
	}

	@Test
	void shouldThrowWhatMethodThrows() {
		RoleContexts.bare()
			.withBean(Failing.class)
			.run((context) -> assertThatIllegalStateException().isThrownBy(context.getBean(Failing.class)::fail)
				.withMessage("its own"));
	}

	private static ApplicationContextRunner jobs() {
		return RoleContexts.none().withUserConfiguration(JobsConfiguration.class);
	}

	private ApplicationContextRunner worker() {
		return RoleContexts.worker(jobs(), directory()).withBean(WorkHandler.class, () -> (work) -> {
		});
	}

	private Path directory() {
		return this.temp.resolve("d");
	}

	private static void await(Callable<Boolean> condition) {
		Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10)).until(condition);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class JobsConfiguration {

		@Bean
		Jobs jobs() {
			return new Jobs();
		}

		@Bean
		Endpoint endpointSource() {
			return new Endpoint();
		}

	}

	static class Jobs implements Supplier<String> {

		private final AtomicInteger calls = new AtomicInteger();

		private final AtomicInteger runs = new AtomicInteger();

		private final List<Boolean> granted = new CopyOnWriteArrayList<>();

		@Scheduled(fixedDelay = 10)
		void callInAll() {
			this.calls.incrementAndGet();
		}

		@LeaderOnly
		@Scheduled(fixedDelay = 10)
		public void lead() {
			this.runs.incrementAndGet();
		}

		@EventListener
		public void on(AbstractLeaderEvent event) {
			assertThat(event.getRole()).isEqualTo(Leadership.ROLE);
			this.granted.add(event instanceof OnGrantedEvent && event.getContext().isLeader());
		}

		@Override
		public String get() {
			return "A proxy has the class all the same";
		}

		public int calls() {
			return this.calls.get();
		}

		public int runs() {
			return this.runs.get();
		}

		public List<Boolean> granted() {
			return this.granted;
		}

	}

	static class Endpoint {

		@org.springframework.integration.annotation.Role(Leadership.ROLE)
		@EndpointId("endpoint")
		@InboundChannelAdapter(channel = "nullChannel", autoStartup = "false", poller = @Poller(fixedDelay = "1000"))
		String poll() {
			return "polled";
		}

	}

	static class Returning {

		@LeaderOnly
		int count() {
			return 1;
		}

	}

	@LeaderOnly
	static class Failing {

		public void fail() {
			throw new IllegalStateException("its own");
		}

	}

}
