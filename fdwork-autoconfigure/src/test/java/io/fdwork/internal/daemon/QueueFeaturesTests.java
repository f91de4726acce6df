package io.fdwork.internal.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import io.fdwork.OpenFiles;
import io.fdwork.descriptor.LifeLine;
import io.fdwork.descriptor.LifeWatch;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.descriptor.UnixStreamListener;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.Feature;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link QueueFeatures}, as far as the table is concerned.
 */
@Timeout(60)
class QueueFeaturesTests {

	private static final Set<Feature> ALL = EnumSet.allOf(Feature.class);

	private static final Set<Feature> WITHOUT = EnumSet.complementOf(EnumSet.of(Feature.TABLE));

	private final QueueFeatures features = new QueueFeatures();

	private final List<KernelQueue> lost = new ArrayList<>();

	private final LifeWatch watch = new LifeWatch("test-life");

	private KernelQueue queue;

	private KernelQueue other;

	private UnixStreamListener listener;

	private ControlConnection first;

	private ControlConnection second;

	@BeforeEach
	void open(@TempDir Path directory) throws IOException {
		this.queue = KernelQueue.create("q", 16);
		this.other = KernelQueue.create("other", 16);
		Path socket = directory.resolve("s");
		this.listener = UnixStreamListener.bind(socket, 2);
		this.first = new ControlConnection(UnixStream.connect(socket));
		this.second = new ControlConnection(UnixStream.connect(socket));
	}

	@AfterEach
	void close() {
		this.watch.close();
		this.first.close();
		this.second.close();
		this.listener.close();
		this.queue.close();
		this.other.close();
	}

	private void useTable() {
		this.features.useTable(List.of(this.queue, this.other), this.lost::add);
	}

	@Test
	void shouldNotUseTableThatThereIsNot() {
		this.features.enter(this.first, List.of(this.queue), ALL);
		assertThat(this.queue.usesTable()).isFalse();
	}

	@Test
	void shouldUseTableWhileAllUnderstandIt() {
		useTable();
		assertThat(this.queue.usesTable()).as("without a worker").isTrue();
		this.features.enter(this.first, List.of(this.queue), ALL);
		assertThat(this.queue.usesTable()).isTrue();
		this.features.leave(this.first, null, null);
		assertThat(this.queue.usesTable()).isTrue();
		assertThat(this.lost).isEmpty();
	}

	@Test
	void shouldSendWhatWasReadAlreadyWhileAllWorkersTakeIt() {
		useTable();
		assertThat(this.queue.usesPreread()).as("without a worker").isTrue();
		this.features.enter(this.first, List.of(this.queue), ALL);
		assertThat(this.queue.usesPreread()).isTrue();
		this.features.enter(this.second, List.of(this.queue), EnumSet.complementOf(EnumSet.of(Feature.PREREAD)));
		assertThat(this.queue.usesPreread()).isFalse();
		assertThat(this.queue.usesTable()).isTrue();
		this.features.leave(this.second, null, null);
		assertThat(this.queue.usesPreread()).isTrue();
	}

	@Test
	void shouldSayWhereTheTableIsUsedNoMoreWhenSomebodyComesWhoClaimsNothing() {
		useTable();
		this.features.enter(this.first, List.of(this.queue), ALL);
		this.features.enter(this.second, List.of(this.queue), WITHOUT);
		assertThat(this.queue.usesTable()).isFalse();
		assertThat(this.other.usesTable()).isTrue();
		assertThat(this.lost).containsExactly(this.queue);
	}

	@Test
	void shouldCountWhoClaimsNothingUntilItsProcessIsGone() throws Exception {
		useTable();
		Process process = new ProcessBuilder("sleep", "60").start();
		try {
			this.features.enter(this.first, List.of(this.queue), WITHOUT);
			this.features.leave(this.first, ProcessIdentity.of(process.pid()), null);
			this.features.look();
			assertThat(this.queue.usesTable()).as("it may still get").isFalse();
			process.destroyForcibly().waitFor();
			this.features.look();
			assertThat(this.queue.usesTable()).isTrue();
		}
		finally {
			process.destroyForcibly();
		}
	}

	@Test
	void shouldCountProcessOnceThatComesAgainAndAgain() throws Exception {
		useTable();
		Process process = new ProcessBuilder("sleep", "60").start();
		try {
			OpenFiles.assertNoneLeaked(5, () -> {
				try (LifeLine line = LifeLine.open()) {
					this.features.enter(this.first, List.of(this.other), WITHOUT);
					this.features.leave(this.first, ProcessIdentity.of(process.pid()),
							new WorkerLife(this.watch, line.otherEnd().duplicate(), () -> {
							}));
				}
			});
			this.features.enter(this.second, List.of(this.queue), WITHOUT);
			this.features.leave(this.second, ProcessIdentity.of(process.pid()), null);
			assertThat(this.queue.usesTable()).isFalse();
			assertThat(this.other.usesTable()).isFalse();
		}
		finally {
			process.destroyForcibly();
		}
	}

	@Test
	void shouldCountWhoClaimsNothingForGoodWhenItsProcessCannotBeSeen() {
		useTable();
		this.features.enter(this.first, List.of(this.queue), WITHOUT);
		this.features.leave(this.first, null, null);
		this.features.look();
		assertThat(this.queue.usesTable()).isFalse();
	}

}
