package io.fdwork.internal.metrics;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Set;
import java.util.function.Supplier;

import io.fdwork.internal.worker.ApplicationProbes;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Writes the meters of the application of a worker, if it has a registry for Prometheus.
 */
public final class PrometheusExposition implements ApplicationProbes.Exposition {

	private final Supplier<@Nullable PrometheusMeterRegistry> registry;

	/**
	 * Create the exposition.
	 * @param registry where the meters are, asked for with the first scrape; {@code null}
	 * if there is none
	 */
	public PrometheusExposition(Supplier<@Nullable PrometheusMeterRegistry> registry) {
		this.registry = registry;
	}

	@Override
	public void writeTo(OutputStream output, String format, Set<String> names) throws IOException {
		PrometheusMeterRegistry registry = this.registry.get();
		if (registry != null) {
			registry.scrape(output, format, (names.isEmpty()) ? null : names);
		}
	}

}
