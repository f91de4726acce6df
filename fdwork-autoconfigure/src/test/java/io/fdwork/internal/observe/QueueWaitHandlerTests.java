package io.fdwork.internal.observe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import brave.Tracing;
import brave.handler.MutableSpan;
import brave.handler.SpanHandler;
import brave.propagation.TraceContext;
import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.wire.WorkMetadata;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.tracing.brave.bridge.BraveCurrentTraceContext;
import io.micrometer.tracing.brave.bridge.BraveTracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link QueueWaitHandler} and what makes spans and meters of it.
 */
class QueueWaitHandlerTests {

	private static final Duration WAIT = Duration.ofMillis(1500);

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	private final List<Descriptor> descriptors = new ArrayList<>();

	@AfterEach
	void close() {
		this.descriptors.forEach(Descriptor::close);
	}

	@Test
	void shouldObserveHandlerAndTheWaitBeforeItOnce() throws Exception {
		this.registry.observationConfig().observationHandler(waits());
		Work work = work();
		WorkHandler handler = new ObservedWorkHandler((handled) -> {
		}, this.registry);
		handler.handle(work);
		handler.handle(work);
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasNumberOfObservationsWithNameEqualTo("fdwork.work", 2)
			.hasNumberOfObservationsWithNameEqualTo("fdwork.queue", 1)
			.hasObservationWithNameEqualTo("fdwork.queue")
			.that()
			.hasBeenStarted()
			.hasBeenStopped()
			.hasLowCardinalityKeyValue("fdwork.queue", "gold")
			.hasHighCardinalityKeyValue("fdwork.worker", "worker-7")
			.hasHighCardinalityKeyValue("fdwork.id", work.id().toString())
			.hasParentObservationContextSatisfying((parent) -> {
				assertThat(parent.getName()).isEqualTo("fdwork.work");
				assertThat(parent.getLowCardinalityKeyValue("fdwork.queue").getValue()).isEqualTo("gold");
				assertThat(parent.getHighCardinalityKeyValue("fdwork.wait").getValue()).isEqualTo("PT1.5S");
				assertThat(parent.getHighCardinalityKeyValue("fdwork.worker").getValue()).isEqualTo("worker-7");
			});
	}

	@Test
	void shouldObserveFailureOfHandler() {
		this.registry.observationConfig().observationHandler(waits());
		IllegalStateException failure = new IllegalStateException("no");
		assertThatIllegalStateException().isThrownBy(() -> new ObservedWorkHandler((handled) -> {
			throw failure;
		}, this.registry).handle(work())).isSameAs(failure);
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasObservationWithNameEqualTo("fdwork.work")
			.that()
			.hasError(failure);
	}

	@Test
	void shouldMakeSpanThatIsAsLongAsTheWaitAndInTheTraceOfTheHandler() throws Exception {
		List<MutableSpan> spans = new ArrayList<>();
		try (Tracing tracing = Tracing.newBuilder().addSpanHandler(new SpanHandler() {
			@Override
			public boolean end(TraceContext context, MutableSpan span, Cause cause) {
				return spans.add(span);
			}
		}).build()) {
			BraveTracer tracer = new BraveTracer(tracing.tracer(),
					new BraveCurrentTraceContext(tracing.currentTraceContext()));
			// As Spring Boot groups them
			this.registry.observationConfig()
				.observationHandler(new ObservationHandler.FirstMatchingCompositeObservationHandler(
						new QueueTracingHandler(tracer), new DefaultTracingObservationHandler(tracer)))
				.observationHandler(waits());
			new ObservedWorkHandler((handled) -> {
			}, this.registry).handle(work());
			assertThat(spans).hasSize(2);
			MutableSpan wait = spans.get(0);
			MutableSpan served = spans.get(1);
			assertThat(wait.name()).isEqualTo("wait in gold");
			assertThat(wait.finishTimestamp() - wait.startTimestamp())
				.isEqualTo(TimeUnit.NANOSECONDS.toMicros(WAIT.toNanos()));
			assertThat(wait.traceId()).isEqualTo(served.traceId());
			assertThat(wait.parentId()).isEqualTo(served.id());
			assertThat(wait.tags()).containsEntry("fdwork.queue", "gold").containsEntry("fdwork.worker", "worker-7");
			assertThat(served.tags()).containsEntry("fdwork.wait", "PT1.5S");
		}
	}

	@Test
	void shouldNotBeCalledForRequestsThatHaveNotWaited() throws Exception {
		Work work = work();
		QueueWaitHandler waits = new QueueWaitHandler((context) -> work, () -> this.registry, "worker-7");
		Observation.Context request = new Observation.Context();
		assertThat(waits.supportsContext(request)).isTrue();
		waits.onStart(request);
		assertThat(waits.supportsContext(request)).isFalse();
	}

	private QueueWaitHandler waits() {
		return new QueueWaitHandler(ObservedWorkHandler::workOf, () -> this.registry, "worker-7");
	}

	private Work work() throws Exception {
		Descriptor.Pipe pipe = Descriptor.pipe();
		this.descriptors.addAll(List.of(pipe.source(), pipe.sink()));
		long got = System.nanoTime();
		return new GotWork(
				new WorkMetadata(RequestId.next(), "gold", 1, got - WAIT.toNanos(), null, null, Map.of(), new byte[0]),
				List.of(pipe.source()), got, (ended, outcome) -> {
				});
	}

}
