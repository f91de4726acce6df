package io.fdwork.autoconfigure;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests for {@link ApplicationStart}.
 */
class ApplicationStartTests {

	private static final String FAILURE = "As the test wants";

	private final AtomicReference<@Nullable Boolean> failed = new AtomicReference<>();

	@Test
	void shouldHaveFailedWhenWhatStartsLaterFails() {
		assertThatException().isThrownBy(() -> run(FailsLate.class)).withStackTraceContaining(FAILURE);
		assertThat(this.failed.get()).isTrue();
	}

	@Test
	void shouldHaveFailedWhenChildContextHasStartedAndParentFails() {
		assertThatException().isThrownBy(() -> run(FailsAfterChild.class)).withStackTraceContaining(FAILURE);
		assertThat(this.failed.get()).isTrue();
	}

	@Test
	void shouldHaveFailedWhenRunnerThrows() {
		assertThatException().isThrownBy(() -> run(RunnerThrows.class)).withStackTraceContaining(FAILURE);
		assertThat(this.failed.get()).isTrue();
	}

	@Test
	void shouldNotHaveFailedWhenApplicationIsClosed() {
		ConfigurableApplicationContext context = run();
		assertThat(this.failed.get()).isNull();
		context.close();
		assertThat(this.failed.get()).isFalse();
	}

	@Test
	void shouldNotHaveFailedWhenContextWithoutBootIsClosed() {
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			context.registerBean(ApplicationStart.class, () -> new ApplicationStart(context));
			context.registerBean(Daemon.class, () -> new Daemon(context.getBean(ApplicationStart.class), this.failed));
			context.refresh();
		}
		assertThat(this.failed.get()).isFalse();
	}

	private ConfigurableApplicationContext run(Class<?>... sources) {
		SpringApplication application = new SpringApplication(sources);
		application.addPrimarySources(List.of(Base.class));
		application.setWebApplicationType(WebApplicationType.NONE);
		application.setRegisterShutdownHook(false);
		application
			.addInitializers((context) -> context.getBeanFactory().registerSingleton("failedStart", this.failed));
		return application.run();
	}

	@Configuration(proxyBeanMethods = false)
	static class Base {

		@Bean
		ApplicationStart start(ApplicationContext context) {
			return new ApplicationStart(context);
		}

		@Bean
		Daemon daemon(ApplicationStart start, AtomicReference<@Nullable Boolean> failed) {
			return new Daemon(start, failed);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FailsLate {

		@Bean
		Late late() {
			return new Late(() -> {
				throw new IllegalStateException(FAILURE);
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FailsAfterChild {

		@Bean
		Late late(ApplicationContext parent) {
			return new Late(() -> {
				try (GenericApplicationContext child = new GenericApplicationContext()) {
					child.setParent(parent);
					child.refresh();
				}
				throw new IllegalStateException(FAILURE);
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class RunnerThrows {

		@Bean
		ApplicationRunner runner() {
			return (arguments) -> {
				throw new IllegalStateException(FAILURE);
			};
		}

	}

	/**
	 * Asks when it is stopped.
	 */
	private static final class Daemon implements SmartLifecycle {

		private final ApplicationStart start;

		private final AtomicReference<@Nullable Boolean> failed;

		private boolean running;

		Daemon(ApplicationStart start, AtomicReference<@Nullable Boolean> failed) {
			this.start = start;
			this.failed = failed;
		}

		@Override
		public void start() {
			this.running = true;
		}

		@Override
		public void stop() {
			this.running = false;
			this.failed.set(this.start.hasFailed());
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return RoleLifecycle.PHASE;
		}

	}

	/**
	 * Starts after the daemon.
	 */
	private static final class Late implements SmartLifecycle {

		private final Runnable start;

		Late(Runnable start) {
			this.start = start;
		}

		@Override
		public void start() {
			this.start.run();
		}

		@Override
		public void stop() {
		}

		@Override
		public boolean isRunning() {
			return false;
		}

	}

}
