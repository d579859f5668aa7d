import json
from urllib.parse import urlparse

import paho.mqtt.client as mqtt

with open("signed.json") as file:
    signed = json.load(file)
url = urlparse(signed["url"])


def on_connect(client, userdata, flags, code):
    print("CONNACK", code)
    client.publish("/a1b2c3/lamp/user/update", "hello", qos=1)


def on_publish(client, userdata, mid):
    print("the platform has the message")
    client.disconnect()


client = mqtt.Client(signed["clientId"], protocol=mqtt.MQTTv311, transport="websockets")
client.username_pw_set(signed["username"], signed["password"])
client.tls_set("root-r1.pem")
client.ws_set_options(path="/")
client.reconnect_delay_set(min_delay=15, max_delay=60)
client.on_connect = on_connect
client.on_publish = on_publish
client.connect(url.hostname, url.port, keepalive=300)
client.loop_forever()
