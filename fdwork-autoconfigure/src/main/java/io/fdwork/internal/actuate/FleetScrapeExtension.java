package io.fdwork.internal.actuate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.ScrapeRequest;
import io.fdwork.internal.daemon.WorkerExposition;
import io.fdwork.internal.metrics.DaemonMeters;
import io.fdwork.internal.metrics.MergedExposition;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusOutputFormat;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusScrapeEndpoint;

/**
 * Answers a scrape of the daemon with the meters of the applications of all its workers,
 * besides its own.
 */
@EndpointWebExtension(endpoint = PrometheusScrapeEndpoint.class)
public class FleetScrapeExtension {

	private final PrometheusScrapeEndpoint endpoint;

	private final Daemon daemon;

	private final DaemonMeters meters;

	private final ScrapeRequest request;

	/**
	 * Create the extension.
	 * @param endpoint has the meters of the daemon
	 * @param daemon asks its workers
	 * @param meters know what the workers are called
	 * @param request bounds what is asked of the workers
	 */
	public FleetScrapeExtension(PrometheusScrapeEndpoint endpoint, Daemon daemon, DaemonMeters meters,
			ScrapeRequest request) {
		this.endpoint = endpoint;
		this.daemon = daemon;
		this.meters = meters;
		this.request = request;
	}

	/**
	 * Answer a scrape.
	 * @param format what is wanted. Instead of Protocol Buffers, text is given
	 * @param includedNames of which families; of all if {@code null}
	 * @return the meters
	 */
	@ReadOperation(producesFrom = PrometheusOutputFormat.class)
	public WebEndpointResponse<byte[]> scrape(PrometheusOutputFormat format, @Nullable Set<String> includedNames) {
		PrometheusOutputFormat text = (format != PrometheusOutputFormat.CONTENT_TYPE_PROTOBUF) ? format
				: PrometheusOutputFormat.CONTENT_TYPE_004;
		// First, so that what is missing of them is counted in this scrape
		List<WorkerExposition> workers = this.daemon.scrape(new ScrapeRequest(text.getProducedMimeType().toString(),
				(includedNames != null) ? List.copyOf(includedNames) : List.of(), this.request.timeout(),
				this.request.maxBytes()));
		this.meters.refresh();
		MergedExposition merged = new MergedExposition(
				Objects.requireNonNull(this.endpoint.scrape(text, includedNames).getBody()));
		latest(workers).forEach((labels, worker) -> merged.add(worker.text(), labels));
		return new WebEndpointResponse<>(
				merged.toByteArray(text == PrometheusOutputFormat.CONTENT_TYPE_OPENMETRICS_100), text);
	}

	/**
	 * One that reconnects may be there twice for a moment.
	 */
	private Map<Map<String, String>, WorkerExposition> latest(List<WorkerExposition> workers) {
		Map<Map<String, String>, WorkerExposition> latest = new LinkedHashMap<>();
		for (WorkerExposition worker : workers) {
			latest.put(Map.of("worker", this.meters.nameOf(worker.id(), worker.worker()), "pid",
					String.valueOf(worker.pid())), worker);
		}
		return latest;
	}

}
