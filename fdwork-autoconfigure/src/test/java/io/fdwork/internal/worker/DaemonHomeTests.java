package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Returned;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DaemonHome} toward daemons of several versions.
 */
@Timeout(60)
class DaemonHomeTests {

	private static final List<String> QUEUES = List.of("a", "b", "c");

	private static final List<Returned> RETURNED = List.of(new Returned(1, 10, null), new Returned(2, 20, null),
			new Returned(3, 30, 0L));

	@TempDir
	Path directory;

	private ControlPair control;

	private Descriptor.Pipe pipe;

	private List<Descriptor> connections;

	@BeforeEach
	void connect() throws IOException {
		this.control = ControlPair.in(this.directory);
		this.pipe = Descriptor.pipe();
		this.connections = List.of(this.pipe.source(), this.pipe.sink(), this.pipe.source());
	}

	@AfterEach
	void close() {
		this.pipe.close();
		this.control.close();
	}

	@Test
	void shouldGiveBackNoMoreThanThereIsRoomForWithWhatIsKnown() throws IOException {
		DaemonHome home = new DaemonHome(this.control.worker(), EnumSet.allOf(Feature.class));
		assertThat(home.giveBack(QUEUES, RETURNED, this.connections)).isZero();
		home.wantRoom(3);
		assertThat(this.control.daemon().read()).isEqualTo(new ControlMessage.Want(3));
		home.room().promise(2);
		home.wantRoom(3);
		assertThat(home.giveBack(QUEUES, RETURNED, this.connections)).isEqualTo(2);
		assertReturn(new ControlMessage.Return(QUEUES.subList(0, 2), RETURNED.subList(0, 2)), 2);
	}

	@Test
	void shouldGiveBackAllToDaemonWithoutRoom() throws IOException {
		DaemonHome home = new DaemonHome(this.control.worker(), Set.of(Feature.CONNECTION_HISTORY));
		home.wantRoom(3);
		assertThat(home.giveBack(QUEUES, RETURNED, this.connections)).isEqualTo(3);
		assertReturn(new ControlMessage.Return(QUEUES, RETURNED), 3);
	}

	@Test
	void shouldTellNothingNewToDaemonOfFirstVersion() throws IOException {
		DaemonHome home = new DaemonHome(this.control.worker(), Set.of());
		home.wantRoom(3);
		assertThat(home.giveBack(QUEUES, RETURNED, this.connections)).isEqualTo(3);
		assertReturn(new ControlMessage.Return(QUEUES), 3);
	}

	@Test
	void shouldKeepRoomForWhatDidNotGo() {
		DaemonHome home = new DaemonHome(this.control.worker(), Set.of(Feature.ROOM));
		home.room().promise(2);
		this.control.worker().close();
		assertThat(home.giveBack(QUEUES, RETURNED, this.connections)).isZero();
		assertThat(home.room().hasMoreThan(1)).isTrue();
	}

	private void assertReturn(ControlMessage.Return expected, int count) throws IOException {
		assertThat(this.control.daemon().read()).isEqualTo(expected);
		List<Descriptor> taken = this.control.daemon().takeDescriptors();
		taken.forEach(Descriptor::close);
		assertThat(taken).hasSize(count);
	}

}
