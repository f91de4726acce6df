package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.descriptor.UnixStreamListener;
import io.fdwork.internal.wire.ControlConnection;
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

	private UnixStreamListener listener;

	private ControlConnection worker;

	private ControlConnection daemon;

	private Descriptor.Pipe pipe;

	private List<Descriptor> connections;

	@BeforeEach
	void connect() throws IOException {
		Path path = this.directory.resolve("s");
		this.listener = UnixStreamListener.bind(path, 1);
		this.worker = new ControlConnection(UnixStream.connect(path));
		this.daemon = new ControlConnection(this.listener.accept());
		this.daemon.setTimeout(Duration.ofSeconds(10));
		this.daemon.allowDescriptors(ControlMessage.MAX_RETURNS);
		this.pipe = Descriptor.pipe();
		this.connections = List.of(this.pipe.source(), this.pipe.sink(), this.pipe.source());
	}

	@AfterEach
	void close() {
		this.pipe.close();
		this.worker.close();
		this.daemon.close();
		this.listener.close();
	}

	@Test
	void shouldGiveBackNoMoreThanThereIsRoomForWithWhatIsKnown() throws IOException {
		DaemonHome home = new DaemonHome(this.worker, EnumSet.allOf(Feature.class));
		assertThat(home.giveBack(QUEUES, RETURNED, this.connections)).isZero();
		home.wantRoom(3);
		assertThat(this.daemon.read()).isEqualTo(new ControlMessage.Want(3));
		home.room().promise(2);
		home.wantRoom(3);
		assertThat(home.giveBack(QUEUES, RETURNED, this.connections)).isEqualTo(2);
		assertReturn(new ControlMessage.Return(QUEUES.subList(0, 2), RETURNED.subList(0, 2)), 2);
	}

	@Test
	void shouldGiveBackAllToDaemonWithoutRoom() throws IOException {
		DaemonHome home = new DaemonHome(this.worker, Set.of(Feature.CONNECTION_HISTORY));
		home.wantRoom(3);
		assertThat(home.giveBack(QUEUES, RETURNED, this.connections)).isEqualTo(3);
		assertReturn(new ControlMessage.Return(QUEUES, RETURNED), 3);
	}

	@Test
	void shouldTellNothingNewToDaemonOfFirstVersion() throws IOException {
		DaemonHome home = new DaemonHome(this.worker, Set.of());
		home.wantRoom(3);
		assertThat(home.giveBack(QUEUES, RETURNED, this.connections)).isEqualTo(3);
		assertReturn(new ControlMessage.Return(QUEUES), 3);
	}

	@Test
	void shouldKeepRoomForWhatDidNotGo() {
		DaemonHome home = new DaemonHome(this.worker, Set.of(Feature.ROOM));
		home.room().promise(2);
		this.worker.close();
		assertThat(home.giveBack(QUEUES, RETURNED, this.connections)).isZero();
		assertThat(home.room().hasMoreThan(1)).isTrue();
	}

	private void assertReturn(ControlMessage.Return expected, int count) throws IOException {
		assertThat(this.daemon.read()).isEqualTo(expected);
		List<Descriptor> taken = this.daemon.takeDescriptors();
		taken.forEach(Descriptor::close);
		assertThat(taken).hasSize(count);
	}

}
