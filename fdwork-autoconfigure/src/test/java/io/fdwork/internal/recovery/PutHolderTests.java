package io.fdwork.internal.recovery;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

import io.fdwork.Connections;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.table.TableFile;
import io.fdwork.internal.table.TableView;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Place;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PutHolder}, in the moment between the send of a request and the end of
 * its put.
 */
@Timeout(60)
class PutHolderTests {

	private Connections connections;

	private Connections.Connection connection;

	private KernelQueue queue;

	private TableFile file;

	private ServedConnections served;

	private Sweeper sweeper;

	private PutHolder holder;

	private WorkRequest request;

	@BeforeEach
	void open(@TempDir Path directory) throws IOException {
		this.connections = new Connections();
		this.connection = this.connections.connect();
		this.request = this.connection.request().queue("q").build();
		this.queue = KernelQueue.create("q", 16);
		this.queue.use(Set.of(Feature.TABLE));
		this.file = TableFile.create(directory, 4, 0);
		this.served = new ServedConnections(this.file);
		this.sweeper = new Sweeper(this.served);
		this.holder = new PutHolder(this.served, this.sweeper, false);
	}

	@AfterEach
	void close() throws IOException {
		this.served.close();
		this.queue.close();
		this.connection.close();
		this.connections.close();
	}

	@Test
	void shouldTakeHomeWhatComesBackBeforeItsPutHasEnded() throws Exception {
		Place place = this.holder.prepare(this.queue, this.request, true);
		TableEntry entry = claim(place);
		assertThat(entry.goHome()).isTrue();
		try (Descriptor returned = this.connection.descriptor().duplicate()) {
			Thread control = new Thread(() -> this.served.cameHome(place, returned));
			control.start();
			Awaitility.await().until(() -> control.getState() == Thread.State.TIMED_WAITING);
			this.holder.sent(place, this.request, 1);
			control.join();
			assertThat(this.served.find(place).isHome()).isTrue();
			assertThat(this.served.find(place).copy).isNull();
			assertThat(returned.isOpen()).isTrue();
		}
	}

	@Test
	void shouldLetGoOfWhatHasEndedBeforeItsPutHas() throws Exception {
		Place place = this.holder.prepare(this.queue, this.request, true);
		claim(place).end();
		TableView view = new TableView(4);
		this.file.read(0, view);
		this.sweeper.releaseEnded(0, view);
		assertThat(this.served.held()).isEqualTo(1);
		this.holder.sent(place, this.request, 1);
		this.sweeper.releaseEnded(0, view);
		assertThat(this.served.held()).isZero();
	}

	@Test
	void shouldHoldNoMoreWhatIsSentWhenSomebodyComesWhoClaimsNothing() throws Exception {
		Place place = this.holder.prepare(this.queue, this.request, true);
		TableView view = new TableView(4);
		this.file.read(0, view);
		this.sweeper.dropPut(this.queue, 0, view);
		this.holder.sent(place, this.request, 1);
		assertThat(this.served.find(place).copy.isOpen()).isFalse();
	}

	private TableEntry claim(Place place) throws IOException {
		TableEntry entry = ServiceTable.open(this.file.duplicate(), this.file.id(), this.file.entries(), 1, 0)
			.entry(place.index(), place.nonce());
		assertThat(entry.claim()).isTrue();
		return entry;
	}

}
