package io.fdwork.internal.health;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

import io.fdwork.internal.worker.ApplicationProbes;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.contributor.Status;

/**
 * Tells what of the health of an application is down. What is out of service is not: a
 * worker that gets no works is so.
 */
public final class HealthProbe implements ApplicationProbes.Health {

	private final Supplier<@Nullable HealthEndpoint> endpoint;

	/**
	 * Create a probe.
	 * @param endpoint knows the health, {@code null} if nothing does
	 */
	public HealthProbe(Supplier<@Nullable HealthEndpoint> endpoint) {
		this.endpoint = endpoint;
	}

	@Override
	public @Nullable String get() {
		HealthEndpoint endpoint = this.endpoint.get();
		HealthDescriptor health = (endpoint != null) ? endpoint.health() : null;
		return (health != null && isDown(health)) ? "its health is DOWN, for " + components(health) : null;
	}

	private static Set<String> components(HealthDescriptor health) {
		Set<String> down = new TreeSet<>();
		Map<String, HealthDescriptor> components = (health instanceof CompositeHealthDescriptor composite)
				? composite.getComponents() : null;
		if (components != null) {
			components.forEach((name, component) -> {
				if (isDown(component)) {
					down.add(name);
				}
			});
		}
		return down;
	}

	private static boolean isDown(HealthDescriptor health) {
		return Status.DOWN.equals(health.getStatus());
	}

}
