package io.fdwork.internal.worker;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import com.sun.management.OperatingSystemMXBean;
import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.internal.wire.WorkerFigures;
import org.jspecify.annotations.Nullable;

/**
 * Measures what the process of a worker uses. Safe for all threads.
 */
final class ProcessProbe {

	/**
	 * How the names of those end that count what runs beside the application, and not
	 * what holds it up, in ZGC and Shenandoah.
	 */
	private static final String CONCURRENT = "Cycles";

	private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans()
		.stream()
		.filter((collector) -> !collector.getName().endsWith(CONCURRENT))
		.toList();

	private final List<MemoryPoolMXBean> heapPools = ManagementFactory.getMemoryPoolMXBeans()
		.stream()
		.filter((pool) -> pool.getType() == MemoryType.HEAP)
		.toList();

	WorkerFigures.Process measure() {
		MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
		return new WorkerFigures.Process(heap.getUsed(), heap.getMax(), collections(),
				TimeUnit.MILLISECONDS.toNanos(collectionMillis()), processorNanos(),
				ManagementFactory.getThreadMXBean().getThreadCount(),
				DescriptorTable.limit() - DescriptorTable.measureFree(), DescriptorTable.limit(),
				heapAfterCollection());
	}

	private @Nullable Long heapAfterCollection() {
		long used = this.heapPools.stream()
			.map(MemoryPoolMXBean::getCollectionUsage)
			.filter(Objects::nonNull)
			.mapToLong(MemoryUsage::getUsed)
			.sum();
		return (used > 0) ? Long.valueOf(used) : null;
	}

	private long collections() {
		return this.collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
	}

	private long collectionMillis() {
		return this.collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionTime).sum();
	}

	private static long processorNanos() {
		return (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system)
				? system.getProcessCpuTime() : 0;
	}

}
