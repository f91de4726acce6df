package io.fdwork.internal.health;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.autoconfigure.RoleContexts;
import io.fdwork.internal.worker.ApplicationProbes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HealthProbe}.
 */
class HealthProbeTests {

	@TempDir
	private Path temp;

	@Test
	void shouldTellWhatIsDownAndNotThatWorkerGetsNothing() {
		AtomicReference<Health> health = new AtomicReference<>(Health.up().build());
		worker()
			.withConfiguration(AutoConfigurations.of(HealthContributorRegistryAutoConfiguration.class,
					HealthEndpointAutoConfiguration.class))
			.withBean("db", HealthIndicator.class, () -> health::get)
			.run((worker) -> {
				ApplicationProbes.Health probe = worker.getBean(ApplicationProbes.Health.class);
				assertThat(probe.get()).as("its worker is out of service").isNull();
				health.set(Health.down().build());
				assertThat(probe.get()).isEqualTo("its health is DOWN, for [db]");
			});
	}

	@Test
	void shouldTellNothingWhenNobodyKnows() {
		worker().run((worker) -> assertThat(worker.getBean(ApplicationProbes.Health.class).get()).isNull());
	}

	private ApplicationContextRunner worker() {
		return RoleContexts.worker(this.temp.resolve("d")).withBean(WorkHandler.class, () -> Work::close);
	}

}
