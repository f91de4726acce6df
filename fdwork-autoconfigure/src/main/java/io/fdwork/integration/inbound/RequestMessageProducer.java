package io.fdwork.integration.inbound;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

import io.fdwork.WorkRequest;
import io.fdwork.integration.event.RequestDroppedEvent;
import io.fdwork.internal.failure.Failures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationContext;
import org.springframework.integration.endpoint.MessageProducerSupport;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.GenericMessage;

/**
 * Sends each accepted request as a message, on the thread of its listener: an endpoint
 * that waits behind a direct channel makes the listener wait.
 * <p>
 * A request is dropped (closed, counted, published as a {@link RequestDroppedEvent}) when
 * the channel refuses the message, when an endpoint on this thread throws, or when the
 * request has neither been put nor closed within the put timeout. The latter is how a
 * filter that discards silently shows: the request may as well be on its way over another
 * thread, so it is given time.
 */
public class RequestMessageProducer extends MessageProducerSupport implements Consumer<WorkRequest> {

	private static final Logger logger = LoggerFactory.getLogger(RequestMessageProducer.class);

	private static final Duration SWEEP_INTERVAL = Duration.ofMillis(250);

	private static final String ENDPOINT_FAILED = "An endpoint failed";

	private final UndecidedRequests undecided;

	private final LongAdder dropped = new LongAdder();

	private final Failures failures = new Failures();

	private @Nullable ScheduledFuture<?> sweep;

	/**
	 * Create a producer.
	 * @param putTimeout how long a request may be on its way between endpoints before it
	 * counts as dropped
	 */
	public RequestMessageProducer(Duration putTimeout) {
		this.undecided = new UndecidedRequests(putTimeout,
				(request) -> drop(request, "It was neither put nor closed within " + putTimeout, null));
	}

	@Override
	public String getComponentType() {
		return "fdwork:request-inbound-channel-adapter";
	}

	@Override
	protected void doStart() {
		this.sweep = getTaskScheduler().scheduleWithFixedDelay(this.undecided::sweep, SWEEP_INTERVAL);
	}

	@Override
	protected void doStop() {
		if (this.sweep != null) {
			this.sweep.cancel(false);
		}
		this.undecided.dropAll();
	}

	/**
	 * Send a request. Called on the thread of a listener, which accepts nothing
	 * meanwhile: waits while there is no room.
	 * @param request the request, the producer's from now on
	 */
	@Override
	public void accept(WorkRequest request) {
		Message<WorkRequest> message = toMessage(request);
		try {
			if (!getRequiredOutputChannel().send(message)) {
				drop(request, "The channel refused it", null);
			}
			else if (!request.state().isDecided()) {
				this.undecided.add(request);
			}
		}
		catch (RuntimeException ex) {
			onError(message, ex);
		}
		catch (Error ex) {
			drop(request, ENDPOINT_FAILED, ex);
			throw ex;
		}
	}

	private void onError(Message<WorkRequest> message, RuntimeException failure) {
		try {
			sendErrorMessageIfNecessary(message, failure);
		}
		catch (RuntimeException ex) {
			logger.debug("No error channel took the failure of {}", message.getPayload(), ex);
		}
		finally {
			drop(message.getPayload(), ENDPOINT_FAILED, failure);
		}
	}

	private Message<WorkRequest> toMessage(WorkRequest request) {
		return new GenericMessage<>(request,
				Headers.of(request.id(), request.queue(), request.remoteAddress(), request.localAddress()));
	}

	private void drop(WorkRequest request, String reason, @Nullable Throwable cause) {
		if (request.state() == WorkRequest.State.PUT) {
			return;
		}
		request.close();
		this.dropped.increment();
		if (this.failures.isFirst(reason)) {
			logger.warn("Dropped {}: {}. Logged once; see the meter fdwork.requests.dropped", request, reason, cause);
		}
		ApplicationContext context = getApplicationContext();
		if (context != null) {
			context.publishEvent(new RequestDroppedEvent(this, request, reason, cause));
		}
	}

	/**
	 * Return how many requests were dropped.
	 * @return the number since the start
	 */
	public long dropped() {
		return this.dropped.sum();
	}

}
