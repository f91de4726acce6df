package io.fdwork.internal.health;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.autoconfigure.RoleContexts;
import io.fdwork.integration.event.WorkerDrainingEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link ReadinessPublisher}.
 */
class ReadinessPublisherTests {

	@TempDir
	private Path temp;

	private final List<Boolean> told = new CopyOnWriteArrayList<>();

	@Test
	void shouldPublishWhenReadinessChanges() {
		AtomicBoolean ready = new AtomicBoolean();
		States states = new States();
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			context.addApplicationListener(states);
			context.addApplicationListener(new ReadinessPublisher(context, ready::get, this.told::add));
			context.refresh();
			// Before the application has started Boot says nothing, and neither do we
			context.publishEvent(new WorkerDrainingEvent(this));
			assertThat(states.take()).isEmpty();
			AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			assertThat(states.take()).containsExactly(ReadinessState.ACCEPTING_TRAFFIC,
					ReadinessState.REFUSING_TRAFFIC);
			context.publishEvent(new WorkerDrainingEvent(this));
			assertThat(states.take()).as("still").isEmpty();
			ready.set(true);
			context.publishEvent(new WorkerDrainingEvent(this));
			context.publishEvent(new WorkerDrainingEvent(this));
			assertThat(states.take()).containsExactly(ReadinessState.ACCEPTING_TRAFFIC);
			ready.set(false);
			context.publishEvent(new WorkerDrainingEvent(this));
			assertThat(states.take()).containsExactly(ReadinessState.REFUSING_TRAFFIC);
			assertThat(this.told).as("what the application says, and nothing else").containsExactly(true);
		}
	}

	@Test
	void shouldLetApplicationRefuse() {
		AtomicBoolean ready = new AtomicBoolean(true);
		States states = new States();
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			context.addApplicationListener(states);
			context.addApplicationListener(new ReadinessPublisher(context, ready::get, this.told::add));
			context.refresh();
			AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			AvailabilityChangeEvent.publish(context, this, ReadinessState.REFUSING_TRAFFIC);
			AvailabilityChangeEvent.publish(context, LivenessState.CORRECT);
			assertThat(this.told).containsExactly(true, false);
			states.take();
			for (boolean now : new boolean[] { false, true }) {
				ready.set(now);
				context.publishEvent(new WorkerDrainingEvent(this));
				assertThat(states.take()).as("the application has said so").isEmpty();
			}
			ready.set(false);
			AvailabilityChangeEvent.publish(context, this, ReadinessState.ACCEPTING_TRAFFIC);
			assertThat(this.told).containsExactly(true, false, true);
			assertThat(states.take()).containsExactly(ReadinessState.ACCEPTING_TRAFFIC,
					ReadinessState.REFUSING_TRAFFIC);
		}
	}

	@Test
	void shouldNotListenToChildren() {
		try (GenericApplicationContext context = new GenericApplicationContext();
				GenericApplicationContext child = new GenericApplicationContext()) {
			context.addApplicationListener(new ReadinessPublisher(context, () -> true, this.told::add));
			context.refresh();
			child.setParent(context);
			child.refresh();
			AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			AvailabilityChangeEvent.publish(child, ReadinessState.REFUSING_TRAFFIC);
			assertThat(this.told).containsExactly(true);
		}
	}

	@Test
	void shouldPublishWhenToldThatReadinessMayHaveChanged() {
		AtomicBoolean ready = new AtomicBoolean(true);
		States states = new States();
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			context.addApplicationListener(states);
			ReadinessPublisher publisher = new ReadinessPublisher(context, ready::get, this.told::add);
			context.addApplicationListener(publisher);
			context.refresh();
			publisher.update();
			assertThat(states.take()).as("not started").isEmpty();
			AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			publisher.update();
			assertThat(states.take()).containsExactly(ReadinessState.ACCEPTING_TRAFFIC);
			ready.set(false);
			publisher.update();
			assertThat(states.take()).containsExactly(ReadinessState.REFUSING_TRAFFIC);
		}
	}

	@Test
	void shouldFollowDaemonAndWorkerBothWays() {
		ConfigurableApplicationContext daemon = RoleContexts.start(RoleContexts.Application.class, "fdwork.role=daemon",
				"fdwork.directory=" + this.temp.resolve("d"), "fdwork.daemon.listeners[0].address=127.0.0.1",
				"fdwork.daemon.listeners[0].port=0", "fdwork.daemon.report-interval=50ms");
		try (daemon) {
			awaitReadiness(daemon, ReadinessState.REFUSING_TRAFFIC);
			try (ConfigurableApplicationContext worker = worker()) {
				awaitReadiness(daemon, ReadinessState.ACCEPTING_TRAFFIC);
				awaitReadiness(worker, ReadinessState.ACCEPTING_TRAFFIC);
			}
			awaitReadiness(daemon, ReadinessState.REFUSING_TRAFFIC);
			try (ConfigurableApplicationContext worker = worker()) {
				awaitReadiness(daemon, ReadinessState.ACCEPTING_TRAFFIC);
				awaitReadiness(worker, ReadinessState.ACCEPTING_TRAFFIC);
				daemon.close();
				awaitReadiness(worker, ReadinessState.REFUSING_TRAFFIC);
			}
		}
	}

	@Test
	void shouldRefuseTrafficWhenWorkerHasNoDaemon() {
		try (ConfigurableApplicationContext worker = worker()) {
			awaitReadiness(worker, ReadinessState.REFUSING_TRAFFIC);
		}
	}

	private ConfigurableApplicationContext worker() {
		return RoleContexts.start(Handling.class, "fdwork.role=worker", "fdwork.directory=" + this.temp.resolve("d"),
				"fdwork.worker.concurrency=1", "fdwork.worker.min-reconnect-delay=20ms");
	}

	private static void awaitReadiness(ApplicationContext context, ReadinessState state) {
		await().until(() -> context.getBean(ApplicationAvailability.class).getReadinessState() == state);
	}

	/**
	 * The states that were published.
	 */
	static class States implements ApplicationListener<ApplicationEvent> {

		private final List<Object> states = new CopyOnWriteArrayList<>();

		@Override
		public void onApplicationEvent(ApplicationEvent event) {
			if (event instanceof AvailabilityChangeEvent<?> change) {
				this.states.add(change.getState());
			}
		}

		List<Object> take() {
			List<Object> taken = List.copyOf(this.states);
			this.states.clear();
			return taken;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Handling {

		@Bean
		WorkHandler handler() {
			return Work::close;
		}

	}

}
