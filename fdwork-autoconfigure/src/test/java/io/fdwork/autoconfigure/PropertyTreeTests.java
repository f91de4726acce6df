package io.fdwork.autoconfigure;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PropertyTree}.
 */
class PropertyTreeTests {

	private final PropertyTree tree = PropertyTree.of(FdworkProperties.class);

	@ParameterizedTest
	@ValueSource(strings = { "fdwork.role", "fdwork.daemon.fleet.min", "fdwork.daemon.fleet.min-backoff-delay",
			"fdwork.daemon.fleet.jvm-arguments", "fdwork.daemon.fleet.jvm-arguments[3]",
			"fdwork.daemon.fleet.environment.anything", "fdwork.daemon.fleet.environment[ANY.THING]",
			"fdwork.daemon.listeners[0].port", "fdwork.daemon.queues.default.capacity", "fdwork.daemon.queues",
			"fdwork.worker.warm-up.paths", "fdwork.systemd.enabled" })
	void shouldContainWhatIsBound(String name) {
		assertThat(this.tree.contains(ConfigurationPropertyName.of(name), 1)).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "fdwork.rol, fdwork.role", "fdwork.daemon.fleet.minimum, fdwork.daemon.fleet.min",
			"fdwork.demon.fleet.min, fdwork.daemon", "fdwork.fleet.min, fdwork.role",
			"fdwork.daemon.listeners[0].prot, fdwork.daemon.listeners[0].port",
			"fdwork.daemon.queues.gold.capasity, fdwork.daemon.queues.gold.capacity",
			"fdwork.worker.idle-return, fdwork.worker.slow-start",
			"fdwork.worker.return-idle-aftr, fdwork.worker.return-idle-after",
			"fdwork.daemon.fleet.scale-up, fdwork.daemon.fleet.scale-up-after" })
	void shouldSayWhatIsNearestToWhatThereIsNot(String name, String nearest) {
		ConfigurationPropertyName wrong = ConfigurationPropertyName.of(name);
		assertThat(this.tree.contains(wrong, 1)).isFalse();
		assertThat(this.tree.nearest(wrong, 1)).isEqualTo(nearest);
	}

	@ParameterizedTest
	@ValueSource(strings = { "role", "daemonfleetmin", "daemonfleetminbackoffdelay", "daemonlisteners0port",
			"daemonfleetenvironmentpath", "workerwarmuppaths", "daemonfleetmaxbackoffdelay" })
	void shouldKnowWhatVariableMayMean(String uniform) {
		assertThat(this.tree.mayContain(uniform)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "servicehost", "port8080tcp", "daemonfleetminimum", "rolex" })
	void shouldKnowWhatNoVariableMeans(String uniform) {
		assertThat(this.tree.mayContain(uniform)).isFalse();
	}

	@Test
	void shouldCountWhatToChange() {
		assertThat(PropertyTree.distance("prot", "port")).isEqualTo(2);
		assertThat(PropertyTree.distance("maxworker", "maxworkers")).isOne();
		assertThat(PropertyTree.distance("", "")).isOne();
	}

}
