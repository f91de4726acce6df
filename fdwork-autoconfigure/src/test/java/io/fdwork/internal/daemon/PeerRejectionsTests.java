package io.fdwork.internal.daemon;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PeerRejections}.
 */
@ExtendWith(OutputCaptureExtension.class)
class PeerRejectionsTests {

	private final PeerRejections rejections = new PeerRejections();

	@Test
	void shouldCountByCause() {
		assertThat(this.rejections.counts()).containsOnlyKeys(PeerRejection.values()).doesNotContainValue(1L);
		this.rejections.add(PeerRejection.SILENT, "It is silent");
		this.rejections.add(PeerRejection.SILENT, "It is silent");
		this.rejections.add(PeerRejection.PROTOCOL, "It broke the protocol");
		assertThat(this.rejections.counts()).containsEntry(PeerRejection.SILENT, 2L)
			.containsEntry(PeerRejection.PROTOCOL, 1L)
			.containsEntry(PeerRejection.TOO_MANY, 0L);
	}

	@Test
	void shouldLogTheFirstOfEachCause(CapturedOutput output) {
		this.rejections.add(PeerRejection.SILENT, "The first is silent");
		this.rejections.add(PeerRejection.PROTOCOL, "One broke the protocol");
		this.rejections.add(PeerRejection.SILENT, "The second is silent");
		assertThat(warnings(output)).hasSize(2)
			.anyMatch(
					(line) -> line.contains("The first is silent. Logged once; see the meter fdwork.control.rejected"))
			.anyMatch((line) -> line.contains("One broke the protocol. Logged once"));
	}

	private static List<String> warnings(CapturedOutput output) {
		return output.getAll().lines().filter((line) -> line.contains(" WARN ")).toList();
	}

}
