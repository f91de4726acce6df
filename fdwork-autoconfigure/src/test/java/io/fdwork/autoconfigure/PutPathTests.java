package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;

import io.fdwork.WorkRequest;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.integration.inbound.RequestMessageProducer;
import io.fdwork.internal.daemon.Daemon;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.channel.interceptor.GlobalChannelInterceptorWrapper;
import org.springframework.messaging.support.ChannelInterceptor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PutPath}: workers stand in where they pass nobody by, unless a
 * property says otherwise.
 */
class PutPathTests {

	private static final String STAND_IN = "fdwork.daemon.listeners[0].stand-in=";

	private static final String BY_WORKERS = "fdwork.daemon.listeners[0].accepted-by=workers";

	@TempDir
	private Path temp;

	private ApplicationContextRunner daemon() {
		return RoleContexts.daemon(this.temp.resolve("d"));
	}

	private ApplicationContextRunner intercepted() {
		return daemon().withBean(GlobalChannelInterceptorWrapper.class, () -> {
			GlobalChannelInterceptorWrapper wrapper = new GlobalChannelInterceptorWrapper(new ChannelInterceptor() {
			});
			wrapper.setPatterns(new String[] { FdworkChannels.PUT });
			return wrapper;
		});
	}

	private ApplicationContextRunner flow() {
		return daemon().withBean("mine", DirectChannel.class, () -> {
			DirectChannel channel = new DirectChannel();
			channel.subscribe((message) -> ((WorkRequest) message.getPayload()).close());
			return channel;
		}).withPropertyValues("fdwork.daemon.integration-channel=mine");
	}

	private ApplicationContextRunner ownProducer() {
		return daemon().withBean(RequestMessageProducer.class, () -> {
			RequestMessageProducer producer = new RequestMessageProducer(Duration.ofSeconds(1)) {
			};
			producer.setOutputChannelName(FdworkChannels.PUT);
			return producer;
		});
	}

	@Test
	void shouldBeStraightUnlessApplicationSaysOtherwise() {
		assertStandIn(daemon(), true);
		assertStandIn(daemon().withPropertyValues(STAND_IN + "false"), false);
	}

	@Test
	void shouldNotBeStraightWhereApplicationDecides() {
		assertStandIn(intercepted(), false);
		assertStandIn(flow(), false);
		assertStandIn(ownProducer(), false);
		assertStandIn(intercepted().withPropertyValues(STAND_IN + "true"), true);
	}

	private static void assertStandIn(ApplicationContextRunner daemon, boolean standIn) {
		daemon.run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(Daemon.class).snapshot().listeners()).singleElement().satisfies((listener) -> {
				assertThat(listener.standIn()).isEqualTo(standIn);
				assertThat(listener.byWorkers()).isFalse();
			});
		});
	}

	@Test
	void shouldRefuseThatWorkersAcceptWhereTheyPassApplicationBy() {
		daemon().withPropertyValues(BY_WORKERS).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(Daemon.class).snapshot().listeners()).singleElement()
				.satisfies((listener) -> assertThat(listener.byWorkers()).isTrue());
		});
		assertRefused(intercepted().withPropertyValues(BY_WORKERS), "accepted-by", "an interceptor");
		assertRefused(daemon().withPropertyValues(BY_WORKERS, STAND_IN + "false"), "stand-in", "leave it out");
	}

	private static void assertRefused(ApplicationContextRunner daemon, String property, String remedy) {
		daemon.run((context) -> {
			assertThat(context).hasFailed();
			assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
				.isInstanceOfSatisfying(InvalidFdworkPropertyException.class, (failure) -> {
					assertThat(failure).hasMessageContaining(property);
					assertThat(failure.getAction()).contains(remedy);
				});
		});
	}

}
