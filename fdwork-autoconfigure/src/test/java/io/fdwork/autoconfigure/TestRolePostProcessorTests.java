package io.fdwork.autoconfigure;

import io.fdwork.internal.daemon.Daemon;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.test.context.support.TestPropertySourceUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TestRolePostProcessor}, with an application whose file says that it is
 * a daemon.
 */
class TestRolePostProcessorTests {

	private static final String FILE = "spring.config.name=daemon-of-test";

	@Test
	void shouldKnowWhatSpringCallsThePropertiesOfATest() {
		assertThat(TestRolePostProcessor.INLINED_TEST_PROPERTIES)
			.isEqualTo(TestPropertySourceUtils.INLINED_PROPERTIES_PROPERTY_SOURCE_NAME);
	}

	@Nested
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE, properties = FILE)
	class WhenTestSaysNothing {

		@Test
		void shouldHaveNoRole(@Autowired Environment environment, @Autowired ObjectProvider<Daemon> daemon) {
			assertThat(environment.getProperty("fdwork.daemon.fleet.max")).as("the file is read").isEqualTo("3");
			assertThat(environment.getProperty("fdwork.role")).isEqualTo("none");
			assertThat(daemon.getIfAvailable()).isNull();
		}

	}

	@Nested
	@SpringBootTest(classes = NoBeans.class, webEnvironment = WebEnvironment.NONE,
			properties = { FILE, "fdwork.role=worker" })
	class WhenTestSaysRoleInProperty {

		@Test
		void shouldHaveThatRole(@Autowired Environment environment) {
			assertThat(environment.getProperty("fdwork.role")).isEqualTo("worker");
		}

	}

	@Nested
	@SpringBootTest(classes = NoBeans.class, webEnvironment = WebEnvironment.NONE, properties = FILE,
			args = "--fdwork.role=worker")
	class WhenTestSaysRoleInArgument {

		@Test
		void shouldHaveThatRole(@Autowired Environment environment) {
			assertThat(environment.getProperty("fdwork.role")).isEqualTo("worker");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(FdworkAutoConfiguration.class)
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	static class NoBeans {

	}

}
