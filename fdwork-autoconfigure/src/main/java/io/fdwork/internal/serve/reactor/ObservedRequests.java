package io.fdwork.internal.serve.reactor;

import io.fdwork.Work;
import io.fdwork.serve.FdworkAttributes;
import io.micrometer.observation.Observation;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;
import reactor.netty.channel.ChannelOperations;

import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.observation.ServerRequestObservationContext;

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
		ServerHttpRequest request = observed.getCarrier();
		while (request instanceof ServerHttpRequestDecorator decorator) {
			request = decorator.getDelegate();
		}
		if (!(request instanceof AbstractServerHttpRequest server)
				|| !(server.getNativeRequest() instanceof ChannelOperations<?, ?> operations)) {
			return null;
		}
		// Each stream of HTTP/2 has a channel of its own
		Channel channel = operations.channel();
		Channel connection = (channel.parent() != null && !channel.hasAttr(FdworkAttributes.WORK)) ? channel.parent()
				: channel;
		return connection.attr(FdworkAttributes.WORK).get();
	}

}
