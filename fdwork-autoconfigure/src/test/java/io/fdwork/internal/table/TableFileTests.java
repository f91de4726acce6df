package io.fdwork.internal.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import io.fdwork.descriptor.Descriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link TableFile}, and for what a {@link ServiceTable} sees of it.
 */
class TableFileTests {

	private static final int ENTRIES = 3;

	private final TableView view = new TableView(2);

	@TempDir
	private Path directory;

	private TableFile file;

	@BeforeEach
	void open() throws IOException {
		this.file = TableFile.create(this.directory, ENTRIES, 0);
	}

	@AfterEach
	void close() {
		this.file.close();
	}

	@Test
	void shouldHaveNoNameAndAllOfItsPages() throws Exception {
		try (Stream<Path> names = Files.list(Path.of("/dev/shm"));
				Stream<Path> others = Files.list(this.directory);
				Descriptor duplicate = this.file.duplicate();
				FileChannel channel = duplicate.toFileChannel()) {
			assertThat(Stream.concat(names, others).map((path) -> path.getFileName().toString()))
				.noneMatch((name) -> name.startsWith("fdwork-table-"));
			assertThat(channel.size()).isEqualTo(64 * ENTRIES);
		}
	}

	@Test
	void shouldHaveTheLayoutOfTheDiagram() throws Exception {
		this.file.put(1, 0x0102030405L, 7, 8);
		TableEntry entry = worker(0xfffff).entry(1, 0x0102030405L);
		try (Descriptor duplicate = this.file.duplicate(); FileChannel channel = duplicate.toFileChannel()) {
			ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 64, 64).order(ByteOrder.LITTLE_ENDIAN);
			assertThat(bytes.getLong(0)).isEqualTo(0x0102030405_00000_2L);
			assertThat(bytes.getLong(8)).isEqualTo(7);
			assertThat(bytes.getLong(16)).isEqualTo(8);
			assertThat(bytes.getLong(40)).isEqualTo(0x0102030405L);
			assertThat(entry.claim()).isTrue();
			assertThat(bytes.getLong(0)).isEqualTo(0x0102030405_fffff_4L);
			entry.idle(9, 10);
			assertThat(bytes.getLong(0)).isEqualTo(0x0102030405_fffff_5L);
			assertThat(bytes.getLong(24)).isEqualTo(9);
			assertThat(bytes.getLong(32)).isEqualTo(10);
			entry.idle(11, 12);
			assertThat(bytes.getLong(0)).isEqualTo(0x0102030405_fffff_4L);
			assertThat(bytes.getLong(8)).isEqualTo(11);
			assertThat(bytes.getLong(16)).isEqualTo(12);
			assertThat(entry.goHome()).isTrue();
			assertThat(bytes.getLong(0)).isEqualTo(0x0102030405_fffff_6L);
			assertThat(entry.takeBack()).isTrue();
			entry.end();
			assertThat(bytes.getLong(0)).isEqualTo(0x0102030405_00000_8L);
		}
	}

	@Test
	void shouldLetOneClaimOnly() throws Exception {
		this.file.put(0, 1, 0, 0);
		assertThat(worker(1).entry(0, 2)).as("another put").satisfies((other) -> assertThat(other.claim()).isFalse());
		TableEntry first = worker(1).entry(0, 1);
		TableEntry second = worker(2).entry(0, 1);
		assertThat(first.claim()).isTrue();
		assertThat(second.claim()).isFalse();
		assertThat(first.claim()).isFalse();
		second.idle(1, 1);
		second.end();
		assertThat(second.goHome()).isFalse();
		this.file.read(0, this.view);
		assertThat(this.view.state(0)).isEqualTo(EntryState.GOT);
		assertThat(this.view.worker(0)).isEqualTo(1);
		assertThat(this.view.read(0)).isZero();
	}

	@Test
	void shouldKeepTotalsWhenItIsPutAgain() throws Exception {
		this.file.put(0, 1, 2, 3);
		TableEntry entry = worker(1).entry(0, 1);
		entry.claim();
		entry.idle(20, 30);
		this.file.read(0, this.view);
		this.file.putAgain(0, 2, this.view.word(0));
		entry.idle(200, 300);
		entry.end();
		this.file.read(0, this.view);
		assertThat(this.view.state(0)).isEqualTo(EntryState.PUT);
		assertThat(this.view.nonce(0)).isEqualTo(2);
		TableEntry again = worker(2).entry(0, 2);
		assertThat(again.claim()).isTrue();
		assertThat(again.read()).isEqualTo(20);
		assertThat(again.written()).isEqualTo(30);
	}

	@Test
	void shouldReadEntriesUpToTheEnd() throws Exception {
		this.file.put(2, 5, 0, 0);
		this.file.read(0, this.view);
		assertThat(this.view.size()).isEqualTo(2);
		this.file.read(2, this.view);
		assertThat(this.view.size()).isEqualTo(1);
		assertThat(this.view.nonce(0)).isEqualTo(5);
	}

	@Test
	void shouldRefuseWhatIsNoTable() throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			assertThatIOException().isThrownBy(() -> ServiceTable.open(pipe.source().duplicate(), 1, 1, 1, 0));
		}
		assertThatIOException().isThrownBy(() -> ServiceTable.open(this.file.duplicate(), 1, ENTRIES + 1, 1, 0));
		assertThatIOException().isThrownBy(() -> ServiceTable.open(this.file.duplicate(), 1, 0, 1, 0));
		assertThatIOException().isThrownBy(() -> ServiceTable.open(this.file.duplicate(), 1, 1, 0, 0));
		assertThatIOException().isThrownBy(() -> ServiceTable.open(this.file.duplicate(), 1, 1, 1 << 20, 0));
		assertThat(worker(1).entry(ENTRIES, 1)).isNull();
		assertThat(worker(1).entry(-1, 1)).isNull();
		assertThat(worker(1).entry(0, 0)).isNull();
		assertThat(worker(1).entry(0, 1L << 40)).isNull();
	}

	@Test
	void shouldGoOnWhenThreadIsInterrupted() throws Exception {
		Thread.currentThread().interrupt();
		this.file.put(0, 1, 2, 3);
		assertThat(Thread.interrupted()).isTrue();
		Thread.currentThread().interrupt();
		this.file.read(0, this.view);
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.view.read(0)).isEqualTo(2);
	}

	private ServiceTable worker(int number) throws IOException {
		return ServiceTable.open(this.file.duplicate(), this.file.id(), ENTRIES, number, 0);
	}

}
