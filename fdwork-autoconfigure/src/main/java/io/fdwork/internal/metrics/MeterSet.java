package io.fdwork.internal.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;

/**
 * Meters over one object that are registered together and removed together.
 *
 * @param <T> the type of the object, which the set keeps reachable
 */
final class MeterSet<T> implements AutoCloseable {

	private final MeterRegistry registry;

	private final T object;

	private final List<Meter> meters = new ArrayList<>();

	MeterSet(MeterRegistry registry, T object) {
		this.registry = registry;
		this.object = object;
	}

	MeterSet<T> counter(FdworkMeter meter, ToDoubleFunction<T> value, String... tagValues) {
		this.meters.add(FunctionCounter.builder(meter.meterName(), this.object, value)
			.tags(tags(meter, tagValues))
			.register(this.registry));
		return this;
	}

	MeterSet<T> gauge(FdworkMeter meter, ToDoubleFunction<T> value, String... tagValues) {
		this.meters.add(Gauge.builder(meter.meterName(), this.object, value)
			.tags(tags(meter, tagValues))
			.register(this.registry));
		return this;
	}

	MeterSet<T> timer(FdworkMeter meter, ToLongFunction<T> count, ToDoubleFunction<T> totalNanos, String... tagValues) {
		this.meters.add(FunctionTimer.builder(meter.meterName(), this.object, count, totalNanos, TimeUnit.NANOSECONDS)
			.tags(tags(meter, tagValues))
			.register(this.registry));
		return this;
	}

	private static Tags tags(FdworkMeter meter, String... values) {
		List<Tag> tags = new ArrayList<>();
		for (int i = 0; i < values.length; i++) {
			tags.add(Tag.of(meter.tagNames().get(i), values[i]));
		}
		return Tags.of(tags);
	}

	@Override
	public void close() {
		this.meters.forEach(this.registry::remove);
	}

}
