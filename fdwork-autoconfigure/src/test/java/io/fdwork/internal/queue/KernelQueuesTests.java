package io.fdwork.internal.queue;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.fdwork.WorkQueueException;
import io.fdwork.WorkQueueFullException;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link KernelQueues}.
 */
@Timeout(60)
class KernelQueuesTests {

	@Test
	void shouldLeaveRoomInFlightForWelcomes() {
		Map<String, Integer> depths = Map.of("a", 300, "b", 100);
		assertThat(KernelQueues.bound(depths, Long.MAX_VALUE)).isEqualTo(depths);
		assertThat(KernelQueues.bound(depths, 464)).isEqualTo(depths);
		assertThat(KernelQueues.bound(depths, 264)).containsOnly(Map.entry("a", 150), Map.entry("b", 50));
		assertThat(KernelQueues.bound(depths, 10)).as("as small as can be")
			.containsOnly(Map.entry("a", 16), Map.entry("b", 16));
	}

	@Test
	void shouldPutOnTheQueueThatTheRequestNames() throws IOException {
		try (KernelQueues queues = create("default", "other"); Descriptor.Pipe pipe = Descriptor.pipe()) {
			queues.put(WorkRequest.with(pipe.source()).queue("other").build());
			queues.put(WorkRequest.with(pipe.sink()).build(), Duration.ZERO);
			assertThat(queues.snapshots()).extracting(QueueSnapshot::name).containsExactly("default", "other");
			assertThat(queues.snapshots()).extracting(QueueSnapshot::put).containsExactly(1L, 1L);
			assertThat(queues.names()).containsExactly("default", "other");
		}
	}

	@Test
	void shouldRefuseRequestForQueueThatThereIsNot() throws IOException {
		try (KernelQueues queues = create("default", "other");
				Descriptor.Pipe pipe = Descriptor.pipe();
				WorkRequest request = WorkRequest.with(pipe.source()).queue("none").build()) {
			assertThat(queues.find("none")).isNull();
			assertThatExceptionOfType(WorkQueueException.class).isThrownBy(() -> queues.put(request))
				.withMessageContaining("no queue 'none'")
				.withMessageContaining("[default, other]");
			assertThatExceptionOfType(WorkQueueException.class).isThrownBy(() -> queues.put(request, Duration.ZERO));
			assertThat(request.state()).isEqualTo(WorkRequest.State.OPEN);
		}
	}

	@Test
	void shouldBoundTheWaitWhenFull() throws IOException {
		try (KernelQueues queues = create("default"); Descriptor.Pipe pipe = Descriptor.pipe()) {
			for (int i = 0; i < 16; i++) {
				queues.put(WorkRequest.with(pipe.source().duplicate()).build());
			}
			try (WorkRequest request = WorkRequest.with(pipe.source()).build()) {
				assertThatExceptionOfType(WorkQueueFullException.class)
					.isThrownBy(() -> queues.put(request, Duration.ofMillis(20)))
					.withMessageContaining("fdwork.daemon.queues.default.capacity");
				assertThat(request.state()).isEqualTo(WorkRequest.State.OPEN);
			}
		}
	}

	@Test
	void shouldRefuseOnEveryQueue() throws IOException {
		try (KernelQueues queues = create("default", "other"); Descriptor.Pipe pipe = Descriptor.pipe()) {
			queues.refuse();
			for (String queue : queues.names()) {
				try (WorkRequest request = WorkRequest.with(pipe.source().duplicate()).queue(queue).build()) {
					assertThatExceptionOfType(WorkQueueException.class).isThrownBy(() -> queues.put(request))
						.withMessageContaining("closed");
				}
			}
		}
	}

	@Test
	void shouldRefuseNumberOfQueuesThatIsNotAllowed() {
		assertThatIllegalArgumentException().isThrownBy(() -> KernelQueues.create(Map.of()));
		Map<String, Integer> depths = new LinkedHashMap<>();
		for (int i = 0; i <= KernelQueues.MAX_QUEUES; i++) {
			depths.put("q" + i, 16);
		}
		assertThatIllegalArgumentException().isThrownBy(() -> KernelQueues.create(depths));
	}

	@Test
	void shouldCloseThoseThatWereCreatedWhenOneFails() {
		Map<String, Integer> depths = new LinkedHashMap<>();
		depths.put("good", 16);
		depths.put("bad", 1);
		long open = Descriptor.open();
		assertThatIllegalArgumentException().isThrownBy(() -> KernelQueues.create(depths));
		assertThat(Descriptor.open()).isEqualTo(open);
	}

	private KernelQueues create(String... names) throws IOException {
		Map<String, Integer> depths = new LinkedHashMap<>();
		for (String name : names) {
			depths.put(name, 16);
		}
		return KernelQueues.create(depths);
	}

}
