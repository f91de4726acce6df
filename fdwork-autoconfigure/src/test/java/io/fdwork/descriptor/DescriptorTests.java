package io.fdwork.descriptor;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.fdwork.ForgottenDescriptors;
import io.fdwork.OpenFiles;
import io.netty.channel.ChannelException;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link Descriptor}.
 */
@Timeout(60)
class DescriptorTests {

	@TempDir
	Path directory;

	@Test
	void shouldCloseOnceWhenClosedAgainAndNumberIsReused() throws IOException {
		Descriptor.Pipe first = Descriptor.pipe();
		int source = first.source().number();
		int sink = first.sink().number();
		first.close();
		try (Descriptor.Pipe second = Descriptor.pipe()) {
			assertThat(List.of(second.source().number(), second.sink().number())).containsExactly(source, sink);
			first.close();
			assertWorks(second);
		}
	}

	@Test
	void shouldOwnNothingWhenClosed() throws IOException {
		long open = Descriptor.open();
		Descriptor.Pipe pipe = Descriptor.pipe();
		assertThat(Descriptor.open()).isEqualTo(open + 2);
		assertThat(pipe.source().isOpen()).isTrue();
		assertThat(pipe.source()).hasToString("descriptor " + pipe.source().number());
		pipe.close();
		assertThat(Descriptor.open()).isEqualTo(open);
		assertThat(pipe.source().isOpen()).isFalse();
		assertThat(pipe.source().toString()).endsWith("(ended)");
	}

	@Test
	void shouldRefuseEveryUseWhenClosed() throws IOException {
		Descriptor.Pipe pipe = Descriptor.pipe();
		pipe.close();
		assertThatEveryUseIsRefused(pipe.source());
	}

	@Test
	void shouldRefuseEveryUseWhenMoved() throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe(); Descriptor moved = pipe.source().move()) {
			assertThatEveryUseIsRefused(pipe.source());
			assertThat(moved.isOpen()).isTrue();
		}
	}

	private static void assertThatEveryUseIsRefused(Descriptor descriptor) {
		List<ThrowingCallable> uses = List.of(descriptor::move, descriptor::duplicate, descriptor::shutdownOutput,
				descriptor::toInputStream, descriptor::toOutputStream, descriptor::toFileChannel,
				() -> descriptor.toNettyChannel(null, null), () -> descriptor.toSocketChannel(null));
		for (ThrowingCallable use : uses) {
			assertThatIllegalStateException().isThrownBy(use).withMessageContaining("no descriptor to");
		}
		assertThat(descriptor.isOpen()).isFalse();
	}

	@Test
	void shouldLeaveNewOwnerAloneWhenOldOneIsClosed() throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe();
				Descriptor source = pipe.source().move();
				Descriptor sink = pipe.sink().move()) {
			pipe.close();
			assertWorks(new Descriptor.Pipe(source, sink));
		}
	}

	@Test
	void shouldCloseSeparatelyWhenDuplicated() throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe(); Descriptor duplicate = pipe.sink().duplicate()) {
			assertThat(duplicate.number()).isNotEqualTo(pipe.sink().number());
			pipe.sink().close();
			assertWorks(new Descriptor.Pipe(pipe.source(), duplicate));
		}
	}

	@Test
	void shouldLetOneWinWhenSeveralThreadsCloseAndMove() throws Exception {
		int threads = 4;
		int before = OpenFiles.count();
		long open = Descriptor.open();
		long leaked = Descriptor.leaked();
		CyclicBarrier barrier = new CyclicBarrier(threads);
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		int moves = 0;
		try {
			for (int round = 0; round < 2000; round++) {
				Descriptor.Pipe pipe = Descriptor.pipe();
				Queue<Descriptor> moved = new ConcurrentLinkedQueue<>();
				List<Callable<Void>> tasks = new ArrayList<>();
				for (int thread = 0; thread < threads; thread++) {
					boolean move = thread % 2 == 0;
					tasks.add(() -> {
						barrier.await();
						closeOrMove(pipe.sink(), move, moved);
						return null;
					});
				}
				for (Future<Void> result : executor.invokeAll(tasks)) {
					result.get();
				}
				assertThat(moved).hasSizeLessThanOrEqualTo(1);
				assertThat(pipe.sink().isOpen()).isFalse();
				for (Descriptor winner : moved) {
					moves++;
					assertWorks(new Descriptor.Pipe(pipe.source(), winner));
					winner.close();
				}
				assertThat(read(pipe.source())).as("end of the stream, as the sink is closed").isEqualTo(-1);
				pipe.close();
			}
		}
		finally {
			executor.shutdown();
		}
		assertThat(moves).as("moves that won").isPositive();
		assertThat(Descriptor.open()).isEqualTo(open);
		assertThat(Descriptor.leaked()).isEqualTo(leaked);
		OpenFiles.awaitAtMost(before);
	}

	private static void closeOrMove(Descriptor descriptor, boolean move, Queue<Descriptor> moved) {
		if (!move) {
			descriptor.close();
			return;
		}
		try {
			moved.add(descriptor.move());
		}
		catch (IllegalStateException ex) {
			assertThat(ex).hasMessageContaining("to move any more");
		}
	}

	@Test
	void shouldCloseAndCountLeakWhenForgotten() throws IOException {
		int before = OpenFiles.count();
		long leaked = ForgottenDescriptors.countAtRest();
		for (int i = 0; i < 10; i++) {
			Descriptor.pipe().source().close();
		}
		awaitLeaked(leaked + 10);
		OpenFiles.awaitAtMost(before);
	}

	@Test
	void shouldNotCountLeakWhenMovedOneIsForgotten() throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			long leaked = ForgottenDescriptors.countAtRest();
			Descriptor moved = moveOften(pipe.source(), 10);
			Descriptor.pipe().source().close();
			awaitLeaked(leaked + 1);
			assertWorks(new Descriptor.Pipe(moved, pipe.sink()));
			moved.close();
		}
	}

	private static Descriptor moveOften(Descriptor descriptor, int times) {
		Descriptor moved = descriptor;
		for (int i = 0; i < times; i++) {
			moved = moved.move();
		}
		return moved;
	}

	private static void awaitLeaked(long expected) {
		Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
			System.gc();
			return Descriptor.leaked();
		}, (leaked) -> leaked >= expected);
		assertThat(Descriptor.leaked()).isEqualTo(expected);
	}

	@Test
	void shouldBlockReaderUntilBytesComeWhenPipeIsEmpty() throws Exception {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try (Descriptor.Pipe pipe = Descriptor.pipe();
				InputStream in = pipe.source().toInputStream();
				OutputStream out = pipe.sink().toOutputStream()) {
			AtomicReference<Thread> reader = new AtomicReference<>();
			Future<Integer> read = executor.submit(() -> {
				reader.set(Thread.currentThread());
				return in.read();
			});
			Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> read.isDone() || isReading(reader.get()));
			out.write('y');
			assertThat(read.get(5, TimeUnit.SECONDS)).isEqualTo('y');
		}
		finally {
			executor.shutdownNow();
		}
	}

	private static boolean isReading(Thread thread) {
		StackTraceElement[] stack = (thread != null) ? thread.getStackTrace() : new StackTraceElement[0];
		return stack.length > 0 && stack[0].getClassName().equals(FileInputStream.class.getName())
				&& stack[0].isNativeMethod();
	}

	@Test
	void shouldEndStreamWhenSinkOfPipeIsClosed() throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe(); InputStream in = pipe.source().toInputStream()) {
			try (OutputStream out = pipe.sink().toOutputStream()) {
				out.write("all".getBytes(StandardCharsets.UTF_8));
			}
			assertThat(in.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("all");
		}
	}

	@Test
	void shouldSharePositionWhenFileIsDuplicated() throws IOException {
		Path path = Files.writeString(this.directory.resolve("file"), "0123456789");
		try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
				OutputStream duplicate = Descriptor.duplicateOf(file).toOutputStream()) {
			file.seek(3);
			duplicate.write("ab".getBytes(StandardCharsets.UTF_8));
			assertThat(file.getFilePointer()).isEqualTo(5);
		}
		assertThat(path).hasContent("012ab56789");
	}

	@Test
	void shouldReadAndWriteAtPositionWhenMovedToFileChannel() throws IOException {
		Path path = Files.writeString(this.directory.resolve("file"), "0123456789");
		try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
			file.seek(3);
			Descriptor descriptor = Descriptor.duplicateOf(file);
			Files.delete(path);
			try (FileChannel channel = descriptor.toFileChannel()) {
				assertThat(descriptor.isOpen()).isFalse();
				assertThat(channel.position()).isEqualTo(3);
				channel.write(ByteBuffer.wrap("ab".getBytes(StandardCharsets.UTF_8)));
				channel.map(FileChannel.MapMode.READ_WRITE, 0, 10).put(9, (byte) 'z');
				ByteBuffer content = ByteBuffer.allocate(10);
				channel.read(content, 0);
				assertThat(content.array()).asString(StandardCharsets.UTF_8).isEqualTo("012ab5678z");
			}
			assertThat(file.getFilePointer()).isEqualTo(3);
			assertThat(file.read()).isEqualTo('a');
		}
	}

	@Test
	void shouldNotOpenTheNullDeviceWhenMovedToFileChannel() throws IOException {
		Path path = Files.writeString(this.directory.resolve("file"), "content");
		try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
			long before = openNullDevices();
			FileChannel channel = Descriptor.duplicateOf(file).toFileChannel();
			// Closing the channel would delete the null
			// device, so that is not done if this fails
			assertThat(openNullDevices()).isEqualTo(before);
			channel.close();
		}
	}

	private static long openNullDevices() throws IOException {
		long count = 0;
		try (DirectoryStream<Path> numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
			for (Path number : numbers) {
				if (Files.isSymbolicLink(number) && Files.readSymbolicLink(number).toString().startsWith("/dev/null")) {
					count++;
				}
			}
		}
		return count;
	}

	@Test
	void shouldLeaveStreamsOpenWhenDuplicatesAreClosed() throws IOException {
		Path path = this.directory.resolve("file");
		try (FileOutputStream out = new FileOutputStream(path.toFile())) {
			try (OutputStream duplicate = Descriptor.duplicateOf(out).toOutputStream()) {
				duplicate.write('a');
			}
			out.write('b');
		}
		try (FileInputStream in = new FileInputStream(path.toFile())) {
			try (InputStream duplicate = Descriptor.duplicateOf(in).toInputStream()) {
				assertThat(duplicate.read()).isEqualTo('a');
			}
			assertThat(in.read()).isEqualTo('b');
		}
	}

	@Test
	void shouldDuplicateServerSocketOfNettyChannel() throws Exception {
		MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
		try {
			EpollServerSocketChannel channel = new EpollServerSocketChannel();
			group.register(channel).sync();
			try (Descriptor descriptor = Descriptor.duplicateOf(channel)) {
				assertThat(descriptor.number()).isNotEqualTo(channel.fd().intValue());
				channel.close().sync();
				descriptor.duplicate().close();
			}
		}
		finally {
			group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
		}
	}

	@Test
	void shouldCloseWhenToFileChannelIsNoFile() throws IOException {
		try (MessagePair pair = MessagePair.open(); Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(20, () -> {
				for (Descriptor noFile : List.of(pair.receivingEnd().duplicate(), pipe.sink().duplicate())) {
					assertThatIOException().isThrownBy(noFile::toFileChannel).withMessageContaining("Not a file");
					assertThat(noFile.isOpen()).isFalse();
				}
			});
		}
	}

	@Test
	void shouldLeaveNothingOpenWhenStreamsAndChannelsAreClosed() throws IOException {
		Path path = Files.writeString(this.directory.resolve("file"), "content");
		OpenFiles.assertNoneLeaked(20, () -> {
			try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
				Descriptor.duplicateOf(file).toFileChannel().close();
				Descriptor.duplicateOf(file).toInputStream().close();
				Descriptor.duplicateOf(file).toOutputStream().close();
				Descriptor.duplicateOf(file).move().close();
			}
		});
	}

	@Test
	void shouldCloseWhenToNettyChannelIsNoSocket() {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (Descriptor.Pipe pipe = Descriptor.pipe()) {
				assertThatExceptionOfType(ChannelException.class)
					.isThrownBy(() -> pipe.source().toNettyChannel(null, null));
				assertThat(pipe.source().isOpen()).isFalse();
			}
		});
	}

	@Test
	void shouldStayOpenWhenToSocketChannelIsNoSocket() {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (Descriptor.Pipe pipe = Descriptor.pipe()) {
				assertThatIOException().isThrownBy(() -> pipe.source().toSocketChannel(null));
				assertThat(pipe.source().isOpen()).isTrue();
			}
		});
	}

	@Test
	void shouldIgnoreShutdownWhenDescriptorIsNoSocket() throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			pipe.sink().shutdownOutput();
			assertWorks(pipe);
		}
	}

	private static void assertWorks(Descriptor.Pipe pipe) throws IOException {
		try (OutputStream out = pipe.sink().duplicate().toOutputStream()) {
			out.write('w');
		}
		assertThat(read(pipe.source())).isEqualTo('w');
	}

	private static int read(Descriptor source) throws IOException {
		try (InputStream in = source.duplicate().toInputStream()) {
			return in.read();
		}
	}

}
