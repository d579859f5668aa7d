import os
from urllib.parse import urlparse

import paho.mqtt.client as mqtt

url = urlparse(os.environ["BROKER_URL"])
# #region
# 1. a client, and what it calls
client = mqtt.Client("lamp", clean_session=True, transport="websockets")
client.ws_set_options(path="/mqtt")
client.reconnect_delay_set(min_delay=1, max_delay=60)
# 2. the will
client.will_set("lamps/lamp", "lost", qos=1)


# 4. subscribe: in on_connect, so that it is done again for each connection
def on_connect(client, userdata, flags, rc):
    client.subscribe("rooms/+/light", qos=1)


# 5. receive
def on_light(client, userdata, message):
    print(message.topic, message.payload.decode(), message.retain)
    client.unsubscribe("rooms/+/light")  # 8.


# 6. publish; 7. hear of the acknowledgement
def on_subscribe(client, userdata, mid, granted_qos):
    client.publish("rooms/kitchen/light", "on", qos=1)


def on_publish(client, userdata, mid):
    print("delivered")


# 10. end
def on_unsubscribe(client, userdata, mid):
    client.disconnect()


client.on_connect = on_connect
client.on_subscribe = on_subscribe
client.on_publish = on_publish
client.on_unsubscribe = on_unsubscribe
client.message_callback_add("rooms/+/light", on_light)
# 3. connect, 9. and run until disconnect()
client.connect(url.hostname, url.port, keepalive=30)
client.loop_forever()
# #endregion
