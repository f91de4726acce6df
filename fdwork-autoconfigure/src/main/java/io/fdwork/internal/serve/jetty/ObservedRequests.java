package io.fdwork.internal.serve.jetty;

import io.fdwork.Work;
import io.micrometer.observation.Observation;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import org.eclipse.jetty.ee11.servlet.ServletApiRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.http.server.observation.ServerRequestObservationContext;

/**
 * Finds the work of a request that is observed.
 */
public final class ObservedRequests {

	private ObservedRequests() {
	}

	/**
	 * Return the work of a request that is observed.
	 * @return the work, {@code null} if something else is observed
	 */
	public static @Nullable Work workOf(Observation.Context context) {
		if (!(context instanceof ServerRequestObservationContext observed)) {
			return null;
		}
		ServletRequest request = observed.getCarrier();
		while (request instanceof ServletRequestWrapper wrapper) {
			request = wrapper.getRequest();
		}
		return (request instanceof ServletApiRequest jetty && jetty.getRequest()
			.getConnectionMetaData()
			.getConnection()
			.getEndPoint() instanceof WorkEndPoint endPoint) ? endPoint.work() : null;
	}

}
