package io.fdwork.sample;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the sample.
 *
 * @param haltEnabled whether {@code POST /halt} kills the JVM that serves it
 */
@ConfigurationProperties("sample")
public record SampleProperties(@DefaultValue("false") boolean haltEnabled) {
}
